import type { YTextEvent } from 'yjs'
import { ClientPage } from './support/client-page.ts'
import { garbageUpdate, updateOfDeepValue, updatesOfDeepTypes } from './support/hostile-update.ts'
import { inspect } from './support/inspect.ts'
import { sendUpdates } from './support/stock-sender.ts'
import { expect, test } from './support/test.ts'
import { tunedRelay } from './support/tuned-relay.ts'

const EVE = 'eve'
const DEEP_TYPES = 6000
/** 6,000 levels overflow the stack of Node; this page's is larger. */
const DEPTH = 60_000

type SetAside = { readonly offset: number; readonly reason: string }

/** An app whose handler of an event throws, and what watches its document, each time that somebody types a bracket. */
const beBroken = (client: ClientPage): Promise<void> =>
  client.surface.evaluate(() => {
    const { room } = window.holdfastDemo!
    room.on('bomb', () => {
      throw new Error('the handler is broken')
    })
    room.doc!.getText('text').observe((event: YTextEvent) => {
      const inserted = event.changes.delta.map(({ insert }) => insert).join('')
      if (inserted.includes('[')) throw new Error('the observer is broken')
    })
  })

const setAside = (client: ClientPage): Promise<readonly SetAside[]> =>
  client.surface.evaluate(() => {
    const all = window.holdfastDemo!.room.quarantined()
    return all.map(({ offset, reason }) => ({ offset, reason }))
  })

/** What a page throws where nobody catches it: what the app threw is the app's to see. */
const thrownIn = (client: ClientPage): string[] => {
  const thrown: string[] = []
  if ('reload' in client.surface) {
    client.surface.on('pageerror', ({ message }) => void thrown.push(message))
  }
  return thrown
}

test('P38, C10: records that hurt whoever applies them cost nobody the page: what the app cannot take is set aside and counted, what comes later is shown, and so it is behind a reload', async ({
  newDevice,
  relay,
  room,
  journal,
}) => {
  const [hers, his] = [await newDevice(), await newDevice()]
  const ada = await ClientPage.open(hers, relay.url, { room, user: 'ada' }, journal)
  const bob = await ClientPage.open(his, relay.url, { room, user: 'bob' }, journal)
  await ada.type()
  await bob.countUp()
  for (const client of [ada, bob]) await client.expectSaved()
  await beBroken(ada)
  const thrown = thrownIn(ada)

  // What no gate has looked at, as in a log from before there was one.
  await relay.kill('SIGTERM')
  await relay.startAgain(tunedRelay({ options: "documents: 'opaque'" }))
  await sendUpdates(relay, { room, user: EVE }, [garbageUpdate(), updateOfDeepValue(77, DEPTH)])
  await relay.kill('SIGTERM')
  await relay.startAgain()
  // What the gate lets pass: docs/gate.md.
  await sendUpdates(relay, { room, user: EVE }, updatesOfDeepTypes(78, DEEP_TYPES))
  await bob.push('bomb', [{ n: 1 }])
  await bob.type()
  await bob.countUp(2)
  await ada.type()
  for (const client of [ada, bob]) {
    await client.expectSaved(30_000)
    await client.expectAllText()
    await client.expectCounter(3)
  }
  const records = await inspect(relay.dataDir, room)
  const bomb = records.find(({ name }) => name === 'bomb')!
  const aside = await setAside(ada)
  const [garbage, deepValue] = records.filter(({ user }) => user === EVE)
  for (const hostile of [garbage!, deepValue!]) {
    expect(aside.map(({ offset }) => offset)).toContain(hostile.offset)
  }
  expect(aside).toContainEqual({ offset: bomb.offset, reason: 'the handler is broken' })
  expect(await ada.status()).toMatchObject({ quarantinedCount: aside.length })
  await expect(ada.surface.getByText('the handler is broken')).toBeVisible()
  expect(thrown).toContain('the observer is broken')

  // From what the device keeps, and from a device that has nothing yet.
  if ('reload' in ada.surface) await ada.surface.reload()
  await ada.whenOpen()
  const eve = await ClientPage.open(await newDevice(), relay.url, { room, user: 'eva' }, journal)
  await ada.type()
  await ada.countUp()
  for (const client of [ada, bob, eve]) {
    await client.expectSaved(30_000)
    await client.expectAllText()
    await client.expectCounter(4)
  }
  const all = await inspect(relay.dataDir, room)
  journal.expectRecords(all.filter(({ user }) => user !== EVE))
  expect(all.filter(({ user }) => user === EVE)).toHaveLength(4)
})
