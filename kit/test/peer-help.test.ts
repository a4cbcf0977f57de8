import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { saveSentence } from '../index.ts'
import type { Payload } from '../index.ts'
import { MemoryPeerNet } from '../peers/memory-peers.ts'
import { TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

const receiptSecret = new Uint8Array(32).fill(8)
const relay = new TestRelay()
before(() => relay.start({ receiptSecret }))
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (): string => `peers-${++lastRoom}`

type Browser = { readonly page: TestPage; readonly doc: Y.Doc }

/** Pages of different users, each a browser of its own, all of which reach each other. */
const opener = (room: string, net = new MemoryPeerNet()) => {
  return (user: string, url = relay.url): Browser => {
    const doc = new Y.Doc()
    return { page: new TestPage({ url, room, user, doc, net, peers: {} }), doc }
  }
}

const textOf = ({ doc }: Browser): string => doc.getText('text').toString()
const write = ({ doc }: Browser, text: string): void => {
  const shared = doc.getText('text')
  shared.insert(shared.length, text)
}
const shows = (browser: Browser, text: string): Promise<void> =>
  poll(() => textOf(browser) === text, `the page shows ${text}`)
const links = ({ page }: Browser, count: number): Promise<void> =>
  poll(() => page.room.status.current.directPeers === count, `the page has ${count} links`)
const letter = (payload: Payload): string => (payload as { n: string }).n
const joined = (state: string, event: { payload: Payload }): string => state + letter(event.payload)
const cut = async ({ page }: Browser): Promise<void> => {
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection !== 'live')
}
const met = async (...browsers: Browser[]): Promise<void> => {
  await Promise.all(browsers.map(({ page }) => untilSaved(page.room)))
  await Promise.all(browsers.map((each) => links(each, browsers.length - 1)))
}
const close = (...browsers: Browser[]): Promise<unknown> =>
  Promise.all(browsers.map(({ page }) => page.room.close()))

test('R3, R4, R7: an edit of a page whose link is cut is in the log once, under its author, through another browser, and its light is green by the relay’s receipt', async () => {
  const open = opener(freshRoom())
  const [ann, bob] = [open('ann'), open('bob')]
  await met(ann, bob)
  const heard: { user: string; author: string; n: string }[] = []
  bob.page.room.on('n', (payload, { user, author }) => {
    heard.push({ user, author, n: letter(payload) })
  })
  const told: unknown[] = []
  for (const { page } of [ann, bob]) {
    page.room.onTrace((event) => {
      if (['carried', 'brought', 'receipted'].includes(event.type)) told.push({ ...event, atMs: 0 })
    })
  }
  await cut(ann)
  write(ann, 'a')
  void ann.page.room.push('n', { n: 'x' })
  await shows(bob, 'a')
  await until(ann.page.room, ({ save, connection }) => save === 'saved' && connection !== 'live')
  await poll(() => heard.length === 1, 'the event is in the log')
  assert.equal(heard[0]!.user, 'ann')
  assert.equal(ann.page.room.status.current.counters.sent, 0, 'ann sent nothing herself')
  assert.equal(ann.page.room.figures().settledBy.peer, 2)
  const sums = told as { type: string; user: string; entries: number }[]
  for (const [type, user] of [
    ['carried', 'ann'],
    ['brought', 'ann'],
    ['receipted', 'bob'],
  ]) {
    const own = sums.filter((each) => each.type === type)
    assert.ok(own.every((each) => each.user === user))
    const entries = own.reduce((sum, each) => sum + each.entries, 0)
    assert.equal(entries, 2, `${type}: ${JSON.stringify(own)}`)
  }
  const { receiptsBrought, carried } = bob.page.room.figures().peers
  assert.ok(receiptsBrought > 0)
  assert.equal(carried, 0)
  const head = bob.page.room.status.current.lastOffset
  ann.page.faults.comeBack()
  await until(ann.page.room, ({ connection, save }) => connection === 'live' && save === 'saved')
  await until(ann.page.room, ({ lastOffset }) => lastOffset === head)
  assert.equal(heard.length, 1, 'what she sends again is known')
  assert.equal(relay.figures.forks, 0)
  await close(ann, bob)
})

test('R1: off by default, and where there are no links nothing else is another', async () => {
  const room = freshRoom()
  const net = new MemoryPeerNet()
  const off = new TestPage({ url: relay.url, room, user: 'ann', net })
  const on = new TestPage({ url: relay.url, room, user: 'bob', net, peers: {} })
  await Promise.all([untilSaved(off.room), untilSaved(on.room)])
  assert.equal(off.room.figures().peers.isOn, false)
  assert.equal(off.peers.servers, undefined)
  off.faults.goOffline()
  await until(off.room, ({ connection }) => connection !== 'live')
  void off.room.push('n', { n: 'x' })
  await until(off.room, ({ save }) => save === 'on-device')
  assert.equal(off.room.status.current.directPeers, 0)
  off.faults.comeBack()
  await until(off.room, ({ save, connection }) => save === 'saved' && connection === 'live')
  await Promise.all([off.room.close(), on.room.close()])
})

test('R1: it is switched off and on while the room is open, and passes its servers on', async () => {
  const room = freshRoom()
  const net = new MemoryPeerNet()
  const peers = { isRelayedOnly: true, iceServers: [{ urls: 'turn:x' }] }
  const ann = new TestPage({ url: relay.url, room, user: 'ann', net, peers })
  const bob = new TestPage({ url: relay.url, room, user: 'bob', net })
  await Promise.all([untilSaved(ann.room), untilSaved(bob.room)])
  bob.room.helpPeers(true)
  await until(bob.room, ({ directPeers }) => directPeers === 1)
  assert.deepEqual(ann.peers.servers, peers)
  bob.room.helpPeers(false)
  await until(ann.room, ({ directPeers }) => directPeers === 0)
  assert.equal(bob.room.status.current.directPeers, 0)
  await Promise.all([ann.room.close(), bob.room.close()])
})

test('R1: what links are made by is heard by no app', async () => {
  const open = opener(freshRoom())
  const [ann, bob] = [open('ann'), open('bob')]
  const heard: Payload[] = []
  for (const { page } of [ann, bob]) page.room.onSignal((payload) => heard.push(payload))
  await met(ann, bob)
  assert.deepEqual(heard, [])
  ann.page.room.signal('hello')
  await poll(() => heard.length === 1, 'an app’s own signal is heard')
  await close(ann, bob)
})

test('R3, R7: over a chain of three the edit gets to the relay, and its receipt back', async () => {
  const room = freshRoom()
  const [one, two] = [new MemoryPeerNet(), new MemoryPeerNet()]
  const open = opener(room, one)
  const [ann, bob] = [open('ann'), open('bob')]
  await met(ann, bob)
  // Bob reaches the third by another net than ann: she does not.
  bob.page.peers.join(two)
  const cem = opener(room, two)('cem')
  await untilSaved(cem.page.room)
  await links(bob, 2)
  await cut(ann)
  await cut(bob)
  write(ann, 'a')
  await shows(bob, 'a')
  await shows(cem, 'a')
  await until(ann.page.room, ({ save, connection }) => save === 'saved' && connection !== 'live')
  assert.equal(ann.page.room.status.current.directPeers, 1)
  assert.equal(bob.page.room.figures().peers.carried, 0)
  await close(ann, bob, cem)
})

test('R3: a carrier that dies half way is followed by another one', async () => {
  const open = opener(freshRoom())
  const browsers = [open('ann'), open('bob'), open('cem')] as const
  const [ann, bob, cem] = browsers
  await met(...browsers)
  // Both think that they are live: what is handed to them stays with them.
  for (const { page } of [bob, cem]) page.peers.isFrozen = true
  await cut(ann)
  write(ann, 'a')
  await shows(bob, 'a')
  const [first, second] = textOf(bob) === 'a' ? [bob, cem] : [cem, bob]
  first.page.crash()
  second.page.peers.isFrozen = false
  await until(ann.page.room, ({ save, connection }) => save === 'saved' && connection !== 'live')
  assert.equal(second.page.room.status.current.lastOffset, 1)
  await close(ann, second)
})

test('R3, R5: while the relay is down all converge and say who holds what, and all is in the log once it is back', async () => {
  const down = await new TestRelay().start({ receiptSecret })
  const open = opener(freshRoom())
  const browsers = ['ann', 'bob', 'cem'].map((user) => open(user, down.url))
  const [ann, bob, cem] = browsers as [Browser, Browser, Browser]
  await met(...browsers)
  await down.stop()
  await Promise.all(
    browsers.map(({ page }) => until(page.room, ({ connection }) => connection !== 'live')),
  )
  const folds = browsers.map(({ page }) => page.room.fold('', joined))
  write(ann, 'a')
  await shows(bob, 'a')
  write(bob, 'b')
  await shows(cem, 'ab')
  write(cem, 'c')
  void ann.page.room.push('n', { n: 'x' })
  for (const each of browsers) await shows(each, 'abc')
  await poll(() => folds.every(({ current }) => current.current === 'x'), 'all show the event')
  await until(ann.page.room, ({ save, heldByPeers }) => save === 'on-device' && heldByPeers === 2)
  assert.equal(
    saveSentence(ann.page.room.status.current),
    'On this device and with 2 other browsers, not saved. It will be sent when this app next runs here.',
  )
  assert.equal(ann.page.room.pending().length, 2, 'her own edits wait, and no others are hers')
  await down.start({ receiptSecret })
  for (const { page } of browsers) {
    await until(page.room, ({ save, connection }) => save === 'saved' && connection === 'live')
  }
  for (const { page } of browsers) await until(page.room, ({ lastOffset }) => lastOffset === 4)
  assert.deepEqual(
    folds.map(({ current }) => current),
    [1, 2, 3].map(() => ({ confirmed: 'x', current: 'x' })),
  )
  assert.equal(down.figures.forks, 0)
  await close(...browsers)
  await down.stop()
})

/** A room of more records than the relay is asked for at once, from a page that stays. */
const writtenRoom = async (room: string, net: MemoryPeerNet): Promise<Browser> => {
  const ann = opener(room, net)('ann')
  await untilSaved(ann.page.room)
  for (let n = 0; n < 300; n++) void ann.page.room.push('n', { n: 'x' })
  write(ann, 'a long text')
  await untilSaved(ann.page.room)
  return ann
}

test('C15, R13: a page that joins a log of many records has it from another browser, proven by the relay’s word, and pulls only what came since', async () => {
  const [room, net] = [freshRoom(), new MemoryPeerNet()]
  const ann = await writtenRoom(room, net)
  const { pagedBatches } = relay.figures
  const bob = opener(room, net)('bob')
  await shows(bob, 'a long text')
  await untilSaved(bob.page.room)
  const { lastOffset } = ann.page.room.status.current
  assert.equal(bob.page.room.status.current.lastOffset, lastOffset)
  assert.equal(relay.figures.pagedBatches, pagedBatches, 'the relay sent none of it')
  const { fetched } = bob.page.room.figures().peers.logBytes
  assert.ok(fetched > 0)
  assert.equal(ann.page.room.figures().peers.logBytes.given, fetched)
  write(ann, '!')
  await shows(bob, 'a long text!')
  // What came by another browser is on this device as what the relay sent.
  bob.page.crash()
  await close(ann)
})

test('C15: where no peer has it, or none can be reached, the relay is asked a moment later', async () => {
  const [room, net] = [freshRoom(), new MemoryPeerNet()]
  const ann = await writtenRoom(room, net)
  ann.page.peers.isFrozen = true
  const bob = opener(room, net)('bob')
  await shows(bob, 'a long text')
  const cem = opener(room)('cem')
  await shows(cem, 'a long text')
  for (const { page } of [bob, cem]) assert.equal(page.room.figures().peers.logBytes.fetched, 0)
  await close(ann, bob, cem)
})
