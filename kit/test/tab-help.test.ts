import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { SAVE_SENTENCES, saveSentence } from '../index.ts'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (): string => `tabs-${++lastRoom}`

type Tab = { readonly page: TestPage; readonly doc: Y.Doc }

const opener = (room: string, profile: Profile) => (): Tab => {
  const doc = new Y.Doc()
  return { page: new TestPage({ url: relay.url, room, profile, doc }), doc }
}

const textOf = ({ doc }: Tab): string => doc.getText('text').toString()
const write = ({ doc }: Tab, text: string): void => {
  const shared = doc.getText('text')
  shared.insert(shared.length, text)
}
const shows = (tab: Tab, text: string): Promise<void> =>
  poll(() => textOf(tab) === text, `the tab shows ${text}, not ${textOf(tab)}`)
const all = (payload: Payload): string => (payload as { n: string }).n
const joined = (state: string, event: { payload: Payload }): string => state + all(event.payload)
const others = (tab: Tab, count: number): Promise<void> =>
  poll(() => tab.page.room.figures().tabs.others === count, `the tab sees ${count} others`)

test('P3: an edit of a tab without a link is in the log once, under its own key, through a tab that has one', async () => {
  const open = opener(freshRoom(), new Profile())
  const [cut, live] = [open(), open()]
  await Promise.all([untilSaved(cut.page.room), untilSaved(live.page.room)])
  await others(cut, 1)
  const heard: { offset: number; author: string }[] = []
  live.page.room.on('n', (_, { offset, author }) => heard.push({ offset, author }))
  cut.page.faults.goOffline()
  await until(cut.page.room, ({ connection }) => connection !== 'live')
  write(cut, 'a')
  const delivery = cut.page.room.push('n', { n: 'x' })
  await shows(live, 'a')
  const { offset } = await delivery
  assert.equal(offset, heard[0]?.offset)
  await until(cut.page.room, ({ save, connection }) => save === 'saved' && connection !== 'live')
  assert.equal(heard.length, 1)
  const { sent } = cut.page.room.status.current.counters
  assert.equal(sent, 0, 'the cut tab sent nothing itself')
  cut.page.faults.comeBack()
  await untilSaved(cut.page.room)
  await live.page.room.push('n', { n: 'y' })
  assert.equal(heard.length, 2)
  await until(cut.page.room, ({ lastOffset }) => lastOffset === 3)
  await Promise.all([cut.page.room.close(), live.page.room.close()])
})

test('P3, P2: what a tab writes on top of another tab’s edit goes behind it, and both are there when only one lives', async () => {
  const profile = new Profile()
  const open = opener(freshRoom(), profile)
  const [first, second] = [open(), open()]
  for (const { page } of [first, second]) page.faults.goOffline()
  await Promise.all([first.page.room.ready, second.page.room.ready])
  await others(first, 1)
  write(first, 'a')
  await shows(second, 'a')
  write(second, 'b')
  await shows(first, 'ab')
  first.page.crash()
  second.page.faults.comeBack()
  await untilSaved(second.page.room)
  const fresh = opener(second.page.room.name, new Profile())()
  await shows(fresh, 'ab')
  await Promise.all([fresh.page.room.close(), second.page.room.close()])
})

test('P4: with two live tabs an entry is sent by its minter alone; a live tab steps in for one that is cut', async () => {
  const open = opener(freshRoom(), new Profile())
  const [one, two, three] = [open(), open(), open()]
  const rooms = [one, two, three].map(({ page }) => page.room)
  await Promise.all(rooms.map((room) => untilSaved(room)))
  await others(one, 2)
  for (let n = 0; n < 20; n++) await one.page.room.push('n', { n: 'x' })
  await Promise.all(rooms.map((room) => untilSaved(room)))
  const sent = rooms.map((room) => room.status.current.counters.sent)
  assert.deepEqual(sent, [20, 0, 0])
  one.page.faults.goOffline()
  await until(one.page.room, ({ connection }) => connection !== 'live')
  const begun = performance.now()
  await one.page.room.push('n', { n: 'y' })
  assert.ok(performance.now() - begun < 6000, 'the others waited too long')
  const helped = rooms.slice(1).map((room) => room.status.current.counters.sent)
  assert.equal(helped[0]! + helped[1]!, 1, 'one carrier')
  await Promise.all(rooms.map((room) => room.close()))
})

test('P5: a tab whose link is down reads on in what another tab got of the relay, in order, also what it missed', async () => {
  const room = freshRoom()
  const open = opener(room, new Profile())
  const [cut, live] = [open(), open()]
  const far = opener(room, new Profile())()
  await Promise.all([cut, live, far].map(({ page }) => untilSaved(page.room)))
  await others(cut, 1)
  const heard: string[] = []
  cut.page.room.on('n', (payload) => heard.push(all(payload)))
  cut.page.faults.goOffline()
  cut.page.tabs.cut()
  for (const n of ['a', 'b', 'c']) await far.page.room.push('n', { n })
  await poll(() => live.page.room.status.current.lastOffset === 3, 'the live tab has read all')
  cut.page.tabs.cut(false)
  await far.page.room.push('n', { n: 'd' })
  await poll(() => heard.length === 4, 'the cut tab has heard all')
  assert.deepEqual(heard, ['a', 'b', 'c', 'd'])
  assert.equal(cut.page.room.status.current.lastOffset, 4)
  assert.notEqual(cut.page.room.status.current.connection, 'live')
  cut.page.faults.comeBack()
  await untilSaved(cut.page.room)
  assert.deepEqual(heard, ['a', 'b', 'c', 'd'])
  await Promise.all([cut, live, far].map(({ page }) => page.room.close()))
})

test('P6: with the relay away tabs converge, pending events of others are in current alone, and the light counts tabs', async () => {
  const open = opener(freshRoom(), new Profile())
  const tabs = [open(), open(), open()] as const
  const [one, two, three] = tabs
  for (const { page } of tabs) page.faults.goOffline()
  await Promise.all(tabs.map(({ page }) => page.room.ready))
  await others(one, 2)
  const folds = tabs.map(({ page }) => page.room.fold('', joined))
  const heard: string[] = []
  two.page.room.on('n', (payload) => heard.push(all(payload)))
  write(one, 'a')
  await shows(three, 'a')
  void one.page.room.push('n', { n: 'x' })
  await poll(() => folds.every(({ current }) => current.current === 'x'), 'all show the event')
  assert.deepEqual(
    folds.map(({ current }) => current.confirmed),
    ['', '', ''],
  )
  assert.deepEqual(heard, [])
  await until(one.page.room, ({ heldByTabs, save }) => heldByTabs === 2 && save === 'on-device')
  const status = one.page.room.status.current
  assert.equal(
    saveSentence(status),
    'On this device and in 2 other tabs, not saved. It will be sent when this app next runs here.',
  )
  await three.page.room.close()
  await until(one.page.room, ({ heldByTabs }) => heldByTabs === 1)
  await two.page.room.close()
  await until(one.page.room, ({ heldByTabs }) => heldByTabs === 0)
  assert.equal(saveSentence(one.page.room.status.current), SAVE_SENTENCES['on-device'])
  one.page.faults.comeBack()
  await untilSaved(one.page.room)
  assert.equal(one.page.room.status.current.heldByTabs, 0)
  assert.deepEqual(folds[0]!.current, { confirmed: 'x', current: 'x' })
  await one.page.room.close()
})

test('P6: what this device’s disk does not take is held by other tabs, and the light promises no more than that', async () => {
  const open = opener(freshRoom(), new Profile())
  const [one, two] = [open(), open()]
  for (const { page } of [one, two]) {
    page.faults.goOffline()
    page.storage.breakDown('quota')
  }
  await Promise.all([one.page.room.ready, two.page.room.ready])
  await others(one, 1)
  write(one, 'a')
  await until(one.page.room, ({ heldByTabs, save }) => heldByTabs === 1 && save === 'volatile')
  assert.equal(
    saveSentence(one.page.room.status.current),
    'Not protected. It is only in this page and in 1 other tab: keep one of them open until it is saved.',
  )
  const late = open()
  late.page.faults.goOffline()
  await shows(late, 'a')
  await until(one.page.room, ({ heldByTabs }) => heldByTabs === 2)
  for (const { page } of [one, two, late]) page.crash()
})

test('P7: awareness and signals cross between tabs while the relay is away, and states stay when it comes back', async () => {
  const room = freshRoom()
  const profile = new Profile()
  const tabs = ['one', 'two'].map((name) => {
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalState({ name })
    return { awareness, page: new TestPage({ url: relay.url, room, profile, awareness }) }
  })
  const [one, two] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
  const nameAt = (at: (typeof tabs)[0], of: (typeof tabs)[0]): unknown =>
    at.awareness.getStates().get(of.awareness.clientID)?.['name']
  await Promise.all(tabs.map(({ page }) => untilSaved(page.room)))
  await poll(() => nameAt(two, one) === 'one' && nameAt(one, two) === 'two', 'both see each other')
  await poll(() => one.page.room.figures().tabs.others === 1, 'tabs met')
  const removed: number[] = []
  two.awareness.on('change', (change: { removed: number[] }) => removed.push(...change.removed))
  for (const { page } of tabs) page.faults.goOffline()
  await Promise.all(tabs.map(({ page }) => until(page.room, (s) => s.connection !== 'live')))
  one.awareness.setLocalState({ name: 'moved' })
  await poll(() => nameAt(two, one) === 'moved', 'the cursor moved without a relay')
  const heard: Payload[] = []
  two.page.room.onSignal((payload) => heard.push(payload))
  one.page.room.signal('hi')
  await poll(() => heard.length === 1, 'the signal is heard')
  for (const { page } of tabs) page.faults.comeBack()
  await Promise.all(tabs.map(({ page }) => untilSaved(page.room)))
  one.awareness.setLocalState({ name: 'back' })
  await poll(() => nameAt(two, one) === 'back', 'and by the relay again')
  one.page.room.signal('ho')
  await poll(() => heard.length === 2, 'the signal is heard')
  assert.deepEqual(heard, ['hi', 'ho'])
  assert.deepEqual(removed, [])
  await one.page.room.close()
  await poll(() => nameAt(two, one) === undefined, 'who goes takes its state along')
  await two.page.room.close()
  for (const { awareness } of tabs) awareness.destroy()
})

test('P8: help is switched off and on while the room is open; off, nothing crosses', async () => {
  const open = opener(freshRoom(), new Profile())
  const [one, two] = [open(), open()]
  for (const { page } of [one, two]) page.faults.goOffline()
  await Promise.all([one.page.room.ready, two.page.room.ready])
  await others(two, 1)
  one.page.room.helpTabs(false)
  await others(two, 0)
  write(one, 'a')
  await until(one.page.room, ({ save }) => save === 'on-device')
  assert.equal(textOf(two), '')
  assert.equal(one.page.room.status.current.heldByTabs, 0)
  one.page.room.helpTabs(true)
  await shows(two, 'a')
  await until(one.page.room, ({ heldByTabs }) => heldByTabs === 1)
  await Promise.all([one.page.room.close(), two.page.room.close()])
})
