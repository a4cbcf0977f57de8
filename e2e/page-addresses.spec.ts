import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

/** Addresses that only the relay can answer. */
const RELAY_ONLY = ['/healthz', '/readyz', '/metrics', '/rooms/notes/log', '/lab', '/join', '/y/a']

test('A1: without a relay a page reloads at the address of a room, and what only the relay knows is not made up', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const device = await newDevice()
  const page = await device.newPage()
  const address = `${relay.url}/client/${room}?room=${room}&user=ada`
  await page.goto(address)
  const client = await ClientPage.inTab(page, 'ada', journal)
  await client.type()
  await client.expectSaved()
  await expect(page.getByText('Reloads while offline.')).toBeVisible()
  await relay.stop()

  await page.reload()
  const reloaded = await ClientPage.inTab(page, 'ada', journal)
  await reloaded.expectAllText()
  expect(page.url()).toBe(address)
  const answered = await page.evaluate(async (paths) => {
    const asked = paths.map((path) =>
      fetch(path).then(
        ({ status }) => `${path}: ${status}`,
        () => undefined,
      ),
    )
    return (await Promise.all(asked)).filter((one) => one !== undefined)
  }, RELAY_ONLY)
  expect(answered).toEqual([])
  const moved = await page.evaluate(() =>
    fetch('/reliable/notes?x=1', { redirect: 'manual' }).then(({ type }) => type),
  )
  expect(moved).toBe('opaqueredirect')
})
