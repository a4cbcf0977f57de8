import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { countOf, textOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

test('O9, S1: what is written offline waits on this device, and is there once after coming back', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const ada = await ClientPage.open(await newDevice(), relay.url, { room, user: 'ada' }, journal)
  const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
  await ada.type()
  await tim.expectAllText()
  await ada.cut()
  const offline = [await ada.type(), await ada.type()]
  await ada.countUp(5)
  await ada.expectOnDevice()
  const online = await tim.type()
  await tim.countDown(2)
  await tim.expectSaved()

  const meanwhile = await inspect(relay.dataDir, room)
  expect(textOf(meanwhile)).toContain(online)
  for (const mark of offline) expect(textOf(meanwhile)).not.toContain(mark)
  expect(countOf(meanwhile)).toBe(-2)
  expect(await tim.counter()).toBe(-2)
  expect(await ada.counter(), 'one’s own steps count at once').toBe(5)

  await ada.comeBack()
  for (const client of [ada, tim]) {
    await client.expectSaved()
    await client.expectAllText()
    await client.expectCounter(3)
  }
  await verify()
})
