import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (): string => `promises-${++lastRoom}`
const by = (payload: Payload): number => (payload as { by: number }).by
const sum = (total: number, event: { payload: Payload }): number => total + by(event.payload)

test('E2: a handler gets every event in offset order, cached ones first, its own too, once a page load', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const first = new TestPage({ url: relay.url, room, profile })
  for (const n of [1, 2, 3]) await first.room.push('n', { by: n })
  first.crash()

  const second = new TestPage({ url: relay.url, room, profile })
  second.faults.goOffline()
  await second.room.ready
  const heard: number[] = []
  const offsets: number[] = []
  second.room.on('n', (payload, info) => {
    heard.push(by(payload))
    offsets.push(info.offset)
  })
  assert.deepEqual(heard, [1, 2, 3])
  second.faults.comeBack()
  await second.room.push('n', { by: 4 })
  assert.deepEqual(heard, [1, 2, 3, 4])
  assert.deepEqual(offsets, [1, 2, 3, 4])
  await second.room.close()
})

test('E4: fold’s current is confirmed plus own pending, and confirmed is what the log says', async () => {
  const room = freshRoom()
  const page = new TestPage({ url: relay.url, room })
  const count = page.room.fold(0, sum)
  page.faults.goOffline()
  await page.room.ready
  void page.room.push('n', { by: 2 })
  void page.room.push('n', { by: 3 })
  assert.deepEqual(count.current, { confirmed: 0, current: 5 })
  page.faults.comeBack()
  await page.room.flush()
  assert.deepEqual(count.current, { confirmed: 5, current: 5 })
  await page.room.close()
})

test('E5: stored, then durable with offset and epoch; timeout only says that it is still queued', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  page.faults.goOffline()
  const heard: string[] = []
  const delivery = page.room.push('n', { by: 1 }, { timeoutMs: 20 })
  const timedOut = new Promise<void>((resolve) => {
    delivery.receive('timeout', () => {
      heard.push('timeout')
      resolve()
    })
  })
  delivery.receive('ok', () => heard.push('ok'))
  await delivery.stored
  await timedOut
  page.faults.comeBack()
  const { offset, epoch } = await delivery
  assert.equal(offset, 1)
  assert.match(epoch ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual(heard, ['timeout', 'ok'])
  await page.room.close()
})

test('E5: pushing something that is neither JSON nor bytes throws at once, and nothing is queued', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  await page.room.ready
  assert.throws(() => page.room.push('n', undefined as unknown as Payload), TypeError)
  assert.equal(page.room.status.current.pendingCount, 0)
  await page.room.close()
})

test('O5, P2: rows found on disk are shown, and sent under their own keys before anything of the page’s own', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const doc = new Y.Doc()
  const first = new TestPage({ url: relay.url, room, profile, doc })
  first.faults.goOffline()
  await first.room.ready
  doc.getText('t').insert(0, 'offline')
  await until(first.room, ({ save }) => save === 'on-device')
  const [orphan] = first.room.pending()
  first.crash()

  const doc2 = new Y.Doc()
  const second = new TestPage({ url: relay.url, room, profile, doc: doc2 })
  second.faults.goOffline()
  await second.room.ready
  assert.equal(doc2.getText('t').toString(), 'offline')
  doc2.getText('t').insert(7, ' and on')
  await until(second.room, ({ save }) => save === 'on-device')
  assert.deepEqual(
    second.room.pending().map(({ author }) => author === orphan?.author),
    [true, false],
  )
  second.faults.comeBack()
  await second.room.flush()
  const third = new TestPage({ url: relay.url, room, doc: new Y.Doc() })
  await untilSaved(third.room)
  assert.equal(third.room.doc?.getText('t').toString(), 'offline and on')
  await Promise.all([second.room.close(), third.room.close()])
})

test('O9: the light says saving, on-device, saved; never saved while anything is unsettled', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  const seen: string[] = []
  page.room.status.subscribe(({ save, pendingCount }) => {
    if (pendingCount > 0) assert.notEqual(save, 'saved')
    if (seen.at(-1) !== save) seen.push(save)
  })
  page.faults.goOffline()
  await page.room.ready
  const delivery = page.room.push('n', { by: 1 })
  await until(page.room, ({ save }) => save === 'on-device')
  page.faults.comeBack()
  await delivery
  assert.deepEqual(seen, ['saved', 'saving', 'on-device', 'saving', 'saved'])
  await page.room.close()
})

test('O8, O15: a disk that fails makes the page volatile, never throws, and gets everything once it is back', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const page = new TestPage({ url: relay.url, room, profile })
  page.faults.goOffline()
  await page.room.ready
  void page.room.push('n', { by: 1 })
  await until(page.room, ({ save }) => save === 'on-device')
  page.storage.breakDown('quota')
  void page.room.push('n', { by: 2 })
  await until(page.room, ({ save }) => save === 'volatile')
  void page.room.push('n', { by: 3 })
  assert.equal(page.room.status.current.isStorageWorking, false)
  assert.equal(page.room.status.current.problem?.code, 'storage-failed')
  page.storage.repair()
  await until(page.room, ({ save }) => save === 'on-device')
  const authors = page.room.pending().map(({ author }) => author)
  assert.notEqual(authors[2], authors[1], 'the producer of the failed transaction is closed')
  page.crash()

  const next = new TestPage({ url: relay.url, room, profile })
  await untilSaved(next.room)
  assert.equal(next.room.fold(0, sum).current.confirmed, 6)
  await next.room.close()
})

test('O12: rows of a room that nobody opens are drained by a page in another room', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const first = new TestPage({ url: relay.url, room, profile })
  first.faults.goOffline()
  await first.room.push('n', { by: 7 }).stored
  first.crash()

  const elsewhere = new TestPage({ url: relay.url, room: freshRoom(), profile })
  const reader = new TestPage({ url: relay.url, room })
  const count = reader.room.fold(0, sum)
  await until(reader.room, () => count.current.confirmed === 7)
  await Promise.all([elsewhere.room.close(), reader.room.close()])
})

test('O13: two pages of one profile hold the same rows; the outcome is the same as of one', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const first = new TestPage({ url: relay.url, room, profile })
  first.faults.goOffline()
  for (let n = 0; n < 5; n++) await first.room.push('n', { by: 1 }).stored
  const second = new TestPage({ url: relay.url, room, profile })
  second.faults.goOffline()
  await second.room.ready
  assert.equal(second.room.pending().length, 5)
  first.faults.comeBack()
  second.faults.comeBack()
  await Promise.all([first.room.flush(), second.room.flush()])
  await Promise.all([untilSaved(first.room), untilSaved(second.room)])
  const counts = [first, second].map((page) => page.room.fold(0, sum).current)
  assert.deepEqual(counts, Array(2).fill({ confirmed: 5, current: 5 }))
  await Promise.all([first.room.close(), second.room.close()])
})

test('O5: a page that is gone leaves its rows to one that is open, without a reload', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const survivor = new TestPage({ url: relay.url, room, profile })
  const gone = new TestPage({ url: relay.url, room, profile })
  survivor.faults.goOffline()
  gone.faults.goOffline()
  await Promise.all([survivor.room.ready, gone.room.ready])
  await gone.room.push('n', { by: 4 }).stored
  gone.crash()
  survivor.faults.comeBack()
  const count = survivor.room.fold(0, sum)
  await until(survivor.room, () => count.current.confirmed === 4)
  await survivor.room.close()
})

test('O14: rows of another user stay on the disk, unsent, until that user is back', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const ann = new TestPage({ url: relay.url, room, profile, user: 'ann' })
  ann.faults.goOffline()
  await ann.room.push('n', { by: 1 }).stored
  ann.crash()
  const bob = new TestPage({ url: relay.url, room, profile, user: 'bob' })
  await untilSaved(bob.room)
  assert.equal(bob.room.fold(0, sum).current.current, 0)
  await bob.room.close()
  const annAgain = new TestPage({ url: relay.url, room, profile, user: 'ann' })
  await untilSaved(annAgain.room)
  assert.equal(annAgain.room.fold(0, sum).current.confirmed, 1)
  await annAgain.room.close()
})

test('C10: a handler that throws is noted, and those behind it still come', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  const heard: number[] = []
  page.room.on('n', (payload) => {
    if (by(payload) === 2) throw new Error('the app is broken')
    heard.push(by(payload))
  })
  for (const n of [1, 2, 3]) await page.room.push('n', { by: n })
  assert.deepEqual(heard, [1, 3])
  const [record] = page.room.quarantined()
  assert.equal(record?.offset, 2)
  assert.match(record?.reason ?? '', /the app is broken/)
  assert.equal(page.room.status.current.quarantinedCount, 1)
  await page.room.close()
})

test('C9: what only another page of this profile kept of the old log is offered too, when that page is gone', async () => {
  const own = await new TestRelay().start()
  const profile = new Profile()
  const room = 'shared-disk'
  const quiet = new TestPage({ url: own.url, room, profile, doc: new Y.Doc() })
  await quiet.room.push('n', { by: 0 })
  quiet.faults.goOffline()
  await until(quiet.room, ({ connection }) => connection === 'waiting')
  const doc = new Y.Doc()
  const busy = new TestPage({ url: own.url, room, profile, doc })
  doc.getText('t').insert(0, 'only the busy page saw this')
  await busy.room.push('n', { by: 3 })
  await busy.room.flush()
  await busy.room.close()
  await own.stop()
  own.disk.rooms.clear()
  // The room goes on without what was lost, so that the quiet page's cursor is of another log.
  await own.start()
  const other = new TestPage({ url: own.url, room })
  await other.room.push('n', { by: 1 })
  quiet.faults.comeBack()
  const count = quiet.room.fold(0, sum)
  await until(quiet.room, ({ save, connection }) => {
    return save === 'saved' && connection === 'live' && count.current.confirmed > 0
  })
  await other.room.close()
  await quiet.room.close()
  const back = new TestPage({ url: own.url, room, profile, doc: new Y.Doc() })
  await untilSaved(back.room)
  assert.equal(back.room.doc?.getText('t').toString(), 'only the busy page saw this')
  assert.equal(back.room.fold(0, sum).current.confirmed, 4)
  await back.room.close()
  await own.stop()
})

test('C9, O9: between a reset and the end of the new log nothing is called saved, and a crash loses nothing', async () => {
  const own = await new TestRelay().start()
  const profile = new Profile()
  const doc = new Y.Doc()
  const page = new TestPage({ url: own.url, room: 'midway', profile, doc })
  doc.getText('t').insert(0, 'kept')
  await page.room.flush()
  await own.stop()
  own.disk.rooms.clear()
  await own.start()
  const seen = new Set<string>()
  page.room.status.subscribe(({ save, counters, lastOffset }) => {
    if (counters.resets === 1 && lastOffset === 0) seen.add(save)
    if (counters.resets === 1) page.storage.hold()
  })
  await until(page.room, ({ counters }) => counters.resets === 1)
  page.crash()
  assert.ok(!seen.has('saved'), `it said ${[...seen].join(', ')}`)
  const next = new TestPage({ url: own.url, room: 'midway', profile, doc: new Y.Doc() })
  await next.room.ready
  assert.equal(next.room.doc?.getText('t').toString(), 'kept')
  await next.room.close()
  await own.stop()
})

test('O9: content that a document has before it is opened is on this device at once, and sent', async () => {
  const room = freshRoom()
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'written before')
  const page = new TestPage({ url: relay.url, room, doc })
  page.faults.goOffline()
  const seen = new Set<string>()
  page.room.status.subscribe(({ save }) => seen.add(save))
  await until(page.room, ({ save }) => save === 'on-device')
  assert.ok(!seen.has('saved'))
  page.faults.comeBack()
  await untilSaved(page.room)
  const reader = new TestPage({ url: relay.url, room, doc: new Y.Doc() })
  await untilSaved(reader.room)
  assert.equal(reader.room.doc?.getText('t').toString(), 'written before')
  await Promise.all([page.room.close(), reader.room.close()])
})

test('C9: a relay that lost its data gets back what the page has and starts the events anew', async () => {
  const own = await new TestRelay().start()
  const doc = new Y.Doc()
  const page = new TestPage({ url: own.url, room: 'anew', doc })
  let resets = 0
  page.room.on('reset', () => resets++)
  doc.getText('t').insert(0, 'kept by the page')
  const count = page.room.fold(0, sum)
  await page.room.push('n', { by: 5 })
  await own.stop()
  own.disk.rooms.clear()
  await own.start()
  await until(
    page.room,
    ({ counters, connection }) => counters.resets === 1 && connection === 'live',
  )
  await untilSaved(page.room)
  const reader = new TestPage({ url: own.url, room: 'anew', doc: new Y.Doc() })
  await untilSaved(reader.room)
  assert.equal(reader.room.doc?.getText('t').toString(), 'kept by the page')
  assert.equal(reader.room.fold(0, sum).current.confirmed, 5)
  assert.deepEqual(count.current, { confirmed: 5, current: 5 })
  assert.equal(resets, 1)
  await Promise.all([page.room.close(), reader.room.close()])
  await own.stop()
})
