import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

/** Of what waits in it, those that are its own: it carries nobody's yet. */
const authorsOf = async (tab: ClientPage): Promise<readonly string[]> => [
  ...new Set((await tab.pending()).map(({ author }) => author)),
]

test('P4, O13, P2: of three tabs that wrote offline two are closed, and everything arrives once', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const open = (): Promise<ClientPage> =>
    ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  const [kept, ...closed] = [await open(), await open(), await open()] as const
  for (const tab of [kept, ...closed]) await tab.leaveTabs()
  await kept.type()
  for (const tab of [kept, ...closed]) await tab.expectAllText()
  for (const tab of [kept, ...closed]) await tab.cut()
  for (const tab of [kept, ...closed]) {
    await tab.type()
    await tab.countUp(2)
    await tab.type()
    await tab.expectOnDevice()
  }
  const ofClosed = (await Promise.all(closed.map(authorsOf))).flat()
  for (const tab of closed) await tab.closeTab()

  await kept.comeBack()
  await kept.expectAllText()
  await kept.expectCounter(6)
  await kept.expectSaved()
  // What it carried from the others counts as its own: it may write on top of it.
  await kept.type()
  await kept.expectSaved()
  const records = await verify()
  const authors = new Set(records.map(({ author }) => author))
  expect(authors.size, 'each tab wrote as itself').toBe(3)
  expect(ofClosed.length).toBe(2)
  for (const author of ofClosed) expect(authors, 'sent by the survivor').toContain(author)
  expect((await kept.status()).counters.adopted).toBeGreaterThan(0)

  const fresh = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
  await fresh.expectAllText()
  await fresh.expectCounter(6)
})
