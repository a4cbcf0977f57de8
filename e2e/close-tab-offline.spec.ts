import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { countOf, textOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

test('O5: a tab closed offline and opened again sends what waited, without a keystroke', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const address = { room, user: 'ada' }
  const before = await ClientPage.open(device, relay.url, address, journal)
  const sentBefore = await before.type()
  await before.expectSaved()
  await before.cut()
  await before.type()
  await before.countUp(3)
  await before.type()
  await before.expectOnDevice()
  await before.closeTab()
  const meanwhile = await inspect(relay.dataDir, room)
  expect(textOf(meanwhile), 'nothing of it was sent yet').toBe(sentBefore)
  expect(countOf(meanwhile)).toBe(0)

  const after = await ClientPage.open(device, relay.url, address, journal)
  await after.expectAllText()
  await after.expectCounter(3)
  await after.expectSaved()
  await verify()
})
