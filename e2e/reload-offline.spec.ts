import type { Page } from 'playwright/test'
import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

/** C7: a page waits up to 30 s between its attempts. */
const LONGEST_WAIT_MS = 35_000

const whenReloadable = (page: Page): Promise<void> =>
  expect(page.getByText('Reloads while offline.')).toBeVisible()

test('O5, E2: without a relay the page reloads with all that it showed, and sends later what is written then', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const address = { room, user: 'ada' }
  const client = await ClientPage.open(device, relay.url, address, journal)
  const [page] = device.pages()
  if (page === undefined) throw new Error('The tab is gone.')
  await client.type()
  await client.countUp(2)
  await client.expectSaved()
  await whenReloadable(page)
  await relay.stop()
  await client.type()
  await client.countUp()
  await client.expectOnDevice()

  await page.reload()
  const reloaded = await ClientPage.inTab(page, 'ada', journal)
  await reloaded.expectAllText()
  await reloaded.expectCounter(3)
  await reloaded.expectOnDevice()
  await reloaded.type()
  await reloaded.countUp()
  await reloaded.expectOnDevice()
  await page.reload()
  const again = await ClientPage.inTab(page, 'ada', journal)
  await again.expectAllText()
  await again.expectCounter(4)

  await relay.startAgain()
  await again.expectSaved(LONGEST_WAIT_MS)
  await again.expectAllText()
  await again.expectCounter(4)
  await verify()
})

test('O5: without a relay the page with two clients reloads, and each has what it showed', async ({
  page,
  relay,
  room,
  journal,
  verify,
}) => {
  await page.goto(`${relay.url}/?room=${room}`)
  const both = (): Promise<[ClientPage, ClientPage]> =>
    Promise.all([
      ClientPage.inFrame(page, 'Left', journal),
      ClientPage.inFrame(page, 'Right', journal),
    ])
  const [left, right] = await both()
  await left.type()
  await left.expectSaved()
  await right.expectAllText()
  await whenReloadable(page)
  await relay.stop()
  await page.reload()

  const reloaded = await both()
  for (const client of reloaded) await client.expectAllText()
  for (const client of reloaded) {
    await client.type()
    await client.expectOnDevice()
  }
  await relay.startAgain()
  for (const client of reloaded) {
    await client.expectSaved(LONGEST_WAIT_MS)
    await client.expectAllText()
  }
  await verify()
})
