import { rm } from 'node:fs/promises'
import { expect } from 'playwright/test'
import type { BrowserContext } from 'playwright/test'
import { figure } from './support/as-written.ts'
import { ClientPage } from './support/client-page.ts'
import { needDirectLinks } from './support/direct-links.ts'
import { inspect } from './support/inspect.ts'
import type { Journal } from './support/journal.ts'
import { StartedRelay } from './support/started-relay.ts'
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

type Opened = { readonly client: ClientPage; readonly device: BrowserContext }

const openerOf = (
  newDevice: () => Promise<BrowserContext>,
  relay: { readonly url: string },
  room: string,
  journal: Journal,
): ((user: string) => Promise<Opened>) => {
  return async (user) => {
    const device = await newDevice()
    const address = { room, user, peers: 'on' } as const
    return { client: await ClientPage.open(device, relay.url, address, journal), device }
  }
}

test('P42, R3, R7, R10: an edit of a browser whose link to the relay is cut is in the log once, under its author, and its light is green by receipt', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = openerOf(newDevice, relay, room, journal)
  const [{ client: ann }, { client: bob }] = [await open('ann'), await open('bob')]
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

test('P42, R4, R5: many entries of a browser without the relay are carried, each once', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  test.setTimeout(180_000)
  const open = openerOf(newDevice, relay, room, journal)
  const [{ client: ann }, { client: bob }] = [await open('ann'), await open('bob')]
  await met(ann, bob)
  await ann.cut()
  const since = Date.now()
  const count = figure('entries that are carried:', 1000, 250)
  const numbers = Array.from({ length: count }, (_, n) => ({ n }))
  await ann.push('n', numbers)
  await ann.expectSaved(120_000)
  process.stdout.write(`    ${count} entries carried in ${Date.now() - since} ms\n`)
  expect((await ann.status()).connection).not.toBe('live')
  await expect.poll(() => bob.peerFigures().then(({ carried }) => carried)).toBe(0)
  await ann.comeBack()
  await ann.expectSaved()
  await verify()
})

test('P42, R3, R10: a carrier that crashes half way is followed by another one', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = openerOf(newDevice, relay, room, journal)
  const [{ client: ann }, first, { client: cem }] = [
    await open('ann'),
    await open('bob'),
    await open('cem'),
  ]
  await met(ann, first.client, cem)
  await ann.cut()
  await ann.push(
    'n',
    Array.from({ length: 400 }, (_, n) => ({ n })),
  )
  await expect
    .poll(() => first.client.peerFigures().then((of) => of.carried + of.receiptsBrought), {
      intervals: [10],
    })
    .toBeGreaterThan(0)
  const page = first.device.pages()[0]!
  const cdp = await first.device.newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  // Nobody answers that it crashed.
  cdp.send('Page.crash').catch(() => {})
  await crashed
  await ann.expectSaved(120_000)
  expect((await ann.status()).connection).not.toBe('live')
  await cem.expectSaved()
  await ann.comeBack()
  await ann.expectSaved()
  await verify()
})

test('P42, R3, R7: over a chain of three, of which only the last has the relay, the edit gets there and the receipt back', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = openerOf(newDevice, relay, room, journal)
  const [{ client: ann }, { client: bob }] = [await open('ann'), await open('bob')]
  await met(ann, bob)
  await ann.cut()
  // Ann hears no offer any more: who comes now has a link to bob alone.
  const { client: cem } = await open('cem')
  await expect.poll(() => bob.links()).toBe(2)
  await bob.cut()
  await ann.type()
  await ann.countUp()
  for (const client of [ann, bob, cem]) {
    await client.expectAllText()
    await client.expectCounter(1)
    await client.expectSaved(30_000)
  }
  expect(await ann.links()).toBe(1)
  for (const client of [ann, bob]) expect((await client.status()).connection).not.toBe('live')
  await verify()
})

test('P42, R8, R10: while the relay is down for long all converge and say who holds what, and settle after it is back', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = openerOf(newDevice, relay, room, journal)
  const clients = [
    (await open('ann')).client,
    (await open('bob')).client,
    (await open('cem')).client,
  ] as const
  await met(...clients)
  await relay.kill()
  const since = Date.now()
  for (const client of clients) await client.type()
  for (const client of clients) await client.expectAllText()
  // Longer than a link lives that is not heard of (R2).
  await expect.poll(() => Date.now() - since).toBeGreaterThan(10_000)
  for (const client of clients) await client.countUp()
  for (const client of clients) {
    await client.expectCounter(3)
    await client.expectAllText()
    expect(await client.links()).toBe(2)
    await expect
      .poll(async () => (await client.reading()).sentence)
      .toContain('with 2 other browsers, not saved')
  }
  await relay.startAgain()
  for (const client of clients) {
    await client.expectSaved(40_000)
    await client.expectAllText()
    await client.expectCounter(3)
  }
  await verify()
})

test('C15, R13: a browser that joins a long log has it from another one, and the relay sends none of it', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const open = openerOf(newDevice, relay, room, journal)
  const { client: ann } = await open('ann')
  await ann.push(
    'n',
    Array.from({ length: 300 }, (_, n) => ({ n })),
  )
  await ann.type()
  await ann.expectSaved()
  const sent = async (): Promise<number> => {
    const text = await fetch(`${relay.url}/metrics`).then((answer) => answer.text())
    return Number(/^holdfast_paged_batches_total (\d+)/m.exec(text)?.[1])
  }
  const before = await sent()
  const { client: bob } = await open('bob')
  await bob.expectAllText()
  await bob.expectSaved()
  const { logBytes } = await bob.peerFigures()
  expect(logBytes.fetched).toBeGreaterThan(300 * 10)
  expect(await sent(), 'batches that the relay sent in pages').toBe(before)
  await verify()
})

test('P9, P42, C12, C15: a relay whose folder is removed is filled again by two browsers with direct links, nothing lost and nothing twice', async ({
  newDevice,
  room,
  journal,
}) => {
  const relay = await StartedRelay.start()
  try {
    const open = openerOf(newDevice, relay, room, journal)
    const [{ client: ann }, { client: bob }] = [await open('ann'), await open('bob')]
    await ann.type()
    await bob.countUp(2)
    await met(ann, bob)
    const gone = rm(relay.dataDir, { recursive: true })
    await ann.countUp()
    await bob.type()
    await gone
    await bob.countUp()
    for (const client of [ann, bob]) {
      await client.expectSaved(30_000)
      await client.expectAllText()
      await client.expectCounter(4)
    }
    journal.expectRecords(await inspect(relay.dataDir, room))
    const { client: eve } = await open('eve')
    await eve.expectAllText()
    await eve.expectCounter(4)
  } finally {
    await relay.destroy()
  }
})
