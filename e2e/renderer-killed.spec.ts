import type { Page } from 'playwright/test'
import { ClientPage } from './support/client-page.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

const producerLocks = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query()
    return held.flatMap(({ name }) => (name?.startsWith('holdfast/producer/') ? [name] : []))
  })

test('P29, O5, O7: a page whose process dies with edits waiting has them when it is loaded again, and its locks are free', async ({
  profile,
  relay,
  room,
  journal,
  verify,
}) => {
  const context = await profile.launch()
  const client = await ClientPage.open(context, relay.url, { room, user: 'ada' }, journal)
  const page = context.pages().at(-1)!
  await client.type()
  await client.expectSaved()
  await client.cut()
  await client.type()
  await client.countUp(3)
  await client.expectOnDevice()
  const rows = rowsIn(await keptData(page)).map(({ key }) => key)
  expect(rows.length).toBeGreaterThan(0)
  expect(await producerLocks(page), 'it holds the lock of its producer').toHaveLength(1)
  const crashed = page.waitForEvent('crash')
  await profile.killRenderers()
  await crashed

  const reader = await context.newPage()
  await reader.goto(`${relay.url}/healthz`)
  expect(await producerLocks(reader), 'nobody holds it now').toEqual([])
  expect(rowsIn(await keptData(reader)).map(({ key }) => key)).toEqual(rows)
  // A page that crashed is of no more use to Playwright: loaded again it is in another tab.
  const again = await ClientPage.open(context, relay.url, { room, user: 'ada' }, journal)
  await again.expectAllText()
  await again.expectCounter(3)
  await again.expectSaved()
  await verify()
})
