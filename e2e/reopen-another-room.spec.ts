import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

test('O12: what a closed tab left in one room is sent by a page that opens another room', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const first = await ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  await first.cut()
  await first.type()
  await first.countUp(3)
  await first.type()
  await first.expectOnDevice()
  await first.closeTab()
  expect(await inspect(relay.dataDir, room), 'nothing of it was sent yet').toEqual([])

  const otherRoom = `${room}-other`
  const other = await ClientPage.open(device, relay.url, { room: otherRoom, user: 'ada' }, journal)
  await expect(async () => void (await verify())).toPass({ timeout: 20_000 })
  expect(await other.text()).toBe('')
  expect(await other.counter()).toBe(0)
  expect(await inspect(relay.dataDir, otherRoom), 'it went into its own room alone').toEqual([])

  const again = await ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  await again.expectSaved()
  await again.expectAllText()
  await again.expectCounter(3)
  await verify()
})
