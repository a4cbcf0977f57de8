import { expect } from 'playwright/test'
import { ClientPage } from './support/client-page.ts'
import { needDirectLinks } from './support/direct-links.ts'
import { test } from './support/test.ts'

test.beforeAll(async ({ browser }) => needDirectLinks(browser))

/** Each a device and a user of its own, with a direct link to each of the others. */
const met = async (...clients: readonly ClientPage[]): Promise<void> => {
  for (const client of clients) {
    await expect
      .poll(() => client.links(), { message: `${client.user}’s direct links` })
      .toBe(clients.length - 1)
    await client.expectSaved()
  }
}

test('P42, R3, R7, R10: an edit of a browser whose link to the relay is cut is in the log once, under its author, and its light is green by receipt', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = async (user: string): Promise<ClientPage> =>
    ClientPage.open(await newDevice(), relay.url, { room, user, peers: 'on' }, journal)
  const [ann, bob] = [await open('ann'), await open('bob')]
  await ann.type()
  await met(ann, bob)
  await ann.cut()
  const { sent } = (await ann.status()).counters
  await ann.type()
  await ann.countUp(2)
  await ann.expectSaved()
  const status = await ann.status()
  expect(status.connection).not.toBe('live')
  expect(status.counters.sent, 'it sent nothing itself').toBe(sent)
  await bob.expectAllText()
  await bob.expectCounter(2)
  expect((await bob.peerFigures()).receiptsBrought).toBeGreaterThan(0)
  await ann.comeBack()
  await ann.countUp()
  for (const client of [ann, bob]) {
    await client.expectSaved()
    await client.expectCounter(3)
    await client.expectAllText()
  }
  const records = await verify()
  expect(new Set(records.map(({ user }) => user)), 'ann wrote as herself').toEqual(new Set(['ann']))
})
