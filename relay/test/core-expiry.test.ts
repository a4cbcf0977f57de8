import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DEFAULT_LIMITS } from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import type { RelayCoreOptions } from '../core.ts'
import { yjsGate } from '../gate/index.ts'
import { inspectRooms } from '../inspect.ts'
import { createRelay } from '../relay.ts'
import { RelayError } from '../relay-error.ts'
import type { MakeRoomJobs } from '../room-jobs.ts'
import { findOldPart } from '../old-part.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import type { Store } from '../stores/store.ts'
import { Typist, jobsHere, readAll, shown, stored } from './compaction-bench.ts'
import { bench, entry, turns, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

const KEEP = 600_000
const EXPIRY = 60_000
/** So long that a silent connection ends and its room is let go. */
const LET_GO = 45_000
const ROOM = 'room' as RoomName

const relayWith = (store: Store, more: Partial<RelayCoreOptions> = {}): Bench =>
  bench({
    store: store as MemoryStore,
    gates: yjsGate,
    jobs: jobsHere,
    keepEventsMs: KEEP,
    tuning: { compactRecords: 100, maxBatchBytes: 4096, expiryMs: EXPIRY },
    ...more,
  })

/** Nine updates and an event, ten times or so: what the typist says. */
const write = async (one: Bench, typist: Typist, count: number): Promise<Peer> => {
  const before = one.core.figures().recordsAppended
  const peer = await one.writer('t')
  const firstSeq = typist.sent.length + 1
  const entries = Array.from({ length: count }, () => typist.next())
  peer.send({ type: 'append', producer: 1, firstSeq, entries })
  await until(() => one.core.figures().recordsAppended === before + count, 'all of it')
  return peer
}

/** Thirty old records and twenty young ones, of which nobody is there any more. */
const quiet = async (more: Partial<RelayCoreOptions> = {}) => {
  const disk = new MemoryDisk()
  const store = new MemoryStore({ disk })
  const one = relayWith(store, more)
  const typist = new Typist()
  await write(one, typist, 30)
  one.clock.stall(KEEP)
  await write(one, typist, 20)
  await one.clock.pass(LET_GO)
  return { disk, store, one, typist }
}

const swept = async (one: Bench): Promise<void> => {
  const before = one.core.figures().expirySweeps
  await one.clock.pass(EXPIRY)
  await until(() => one.core.figures().expirySweeps > before, 'a look at all rooms')
}

test('S19: of a quiet room that is not in memory events are left out, and it is let go again', async () => {
  const { disk, one, typist } = await quiet()
  assert.equal(one.core.figures().roomsLoaded, 0)
  assert.equal(one.core.figures().eventsExpired, 0)
  for (let n = 0; one.core.figures().eventsExpired === 0; n++) {
    assert.ok(n < 100, 'a look at all rooms')
    await one.clock.pass(EXPIRY / 60)
  }
  const { eventsExpired, compactions, compactionFailures } = one.core.figures()
  assert.deepEqual([eventsExpired, compactions, compactionFailures], [3, 1, 0])
  await one.clock.pass(2000)
  assert.equal(one.core.figures().roomsLoaded, 0)
  const [first, ...others] = stored(disk)
  assert.deepEqual([first!.isCompacted, first!.first, first!.last], [true, 1, 30])
  assert.equal(first!.expired.count, 3)
  assert.ok(others.length > 0 && others.every(({ isCompacted }) => !isCompacted))
  const { text, said } = shown((await readAll(one)).records)
  assert.deepEqual([text, said], [typist.doc.getText('t').toJSON(), [40, 50]])
})

test('S19, S2, S7: marks are those of the log: what comes again is acked and not written, and the room goes on', async () => {
  const { one, typist } = await quiet()
  await swept(one)
  const peer = await one.writer('t')
  assert.equal(peer.last('opened').through, 50)
  const before = one.core.figures().recordsAppended
  peer.send({ type: 'append', producer: 1, firstSeq: 9, entries: typist.sent.slice(8, 11) })
  await peer.got('acked')
  assert.equal(one.core.figures().recordsAppended, before)
  peer.send({ type: 'append', producer: 1, firstSeq: 51, entries: [entry('new')] })
  await until(() => one.core.figures().recordsAppended === before + 1, 'the next one')
})

test('S19, C1: in a room with people a cursor inside is told to read anew, one behind goes on, and who comes gets what is left', async () => {
  const disk = new MemoryDisk()
  const one = relayWith(new MemoryStore({ disk }))
  const typist = new Typist()
  await write(one, typist, 10)
  const old = (await readAll(one)).cursor
  await write(one, typist, 20)
  one.clock.stall(KEEP)
  await write(one, typist, 20)
  const late = (await readAll(one)).cursor
  await one.clock.pass(LET_GO)
  const stays = await one.writer('u')
  const beats = (async () => {
    for (let n = 0; n < 40; n++) {
      await one.clock.pass(4000)
      stays.beat(n)
      if (one.core.figures().eventsExpired > 0) return
    }
  })()
  await beats
  assert.equal(one.core.figures().eventsExpired, 3)
  assert.deepEqual([stays.all('parted'), stays.all('reset')], [[], []])
  const inside = one.peer().hello().join(1, 'room', old)
  assert.equal((await inside.got('reset')).why, 'compacted')
  const behind = one.peer().hello().join(1, 'room', late)
  assert.equal((await behind.got('joined')).head, 50)
  assert.deepEqual(shown((await readAll(one)).records).said, [40, 50])
  stays.send({ type: 'append', producer: 1, firstSeq: 1, entries: [entry('on')] })
  await until(() => stored(disk).at(-1)!.last === 51, 'it goes on')
})

test('S19: without a time to keep events for nothing is looked at and nothing left out', async () => {
  const { disk, one } = await quiet({ keepEventsMs: undefined })
  await one.clock.pass(3 * EXPIRY)
  await turns(20)
  const { expirySweeps, eventsExpired, compactions } = one.core.figures()
  assert.deepEqual([expirySweeps, eventsExpired, compactions], [0, 0, 0])
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
})

test('S19: a room whose events are young enough stays as it is, and is not read again before one of them is too old', async () => {
  const store = new MemoryStore()
  const one = relayWith(store)
  await write(one, new Typist(), 30)
  let reads = 0
  const read = store.read.bind(store)
  store.read = (...all) => {
    reads++
    return read(...all)
  }
  await one.clock.pass(LET_GO)
  await swept(one)
  assert.ok(reads > 0)
  reads = 0
  await swept(one)
  assert.deepEqual([reads, one.core.figures().compactions], [0, 0])
  one.clock.stall(KEEP)
  await swept(one)
  assert.equal(one.core.figures().eventsExpired, 3)
})

test('S19: the next look goes on from there: what is left out adds up, in one batch', async () => {
  const { disk, one, typist } = await quiet()
  await swept(one)
  one.clock.stall(KEEP)
  await write(one, typist, 20)
  await one.clock.pass(LET_GO)
  await swept(one)
  const { eventsExpired, compactions } = one.core.figures()
  assert.deepEqual([eventsExpired, compactions], [5, 2])
  const compacted = stored(disk).filter(({ isCompacted }) => isCompacted)
  assert.deepEqual(
    compacted.map(({ first, last, expired }) => [first, last, expired.count]),
    [[1, 50, 5]],
  )
  const { text, said } = shown((await readAll(one)).records)
  assert.deepEqual([text, said], [typist.doc.getText('t').toJSON(), [60, 70]])
})

test('S19, S18: of a long log what a checkpoint compacts is left out as well, and a later look rewrites only its begin', async () => {
  const disk = new MemoryDisk()
  const tuning = { compactRecords: 100, maxBatchBytes: 512, expiryMs: EXPIRY }
  const one = relayWith(new MemoryStore({ disk }), { tuning })
  const typist = new Typist()
  for (let n = 0; n < 2000; n += 100) await write(one, typist, 100)
  one.clock.stall(KEEP)
  for (let n = 0; n < 7000; n += 100) {
    await write(one, typist, 100)
    one.clock.stall(1000)
  }
  await until(() => one.core.figures().compactions > 0, 'a compaction')
  assert.equal(one.core.figures().eventsExpired, 200)
  const before = stored(disk).filter(({ isCompacted }) => isCompacted)
  assert.ok(before.length > 2)
  one.clock.stall(KEEP - 70_000 + 5000)
  await one.clock.pass(1)
  await until(() => one.core.figures().expirySweeps === 1, 'a look at all rooms')
  const { eventsExpired } = one.core.figures()
  assert.ok(eventsExpired > 200 && eventsExpired < 700, String(eventsExpired))
  const after = stored(disk).filter(({ isCompacted }) => isCompacted)
  assert.deepEqual(after.at(-1), before.at(-1))
  const { text, said } = shown((await readAll(one)).records)
  assert.equal(text, typist.doc.getText('t').toJSON())
  assert.equal(said.length, 900 - eventsExpired)
  assert.equal(
    after.reduce((sum, { expired }) => sum + expired.count, 0),
    eventsExpired,
  )
})

test('S19: what fails is counted, and comes again with the next look', async () => {
  let fails = true
  const jobs: MakeRoomJobs = (...all) => {
    const here = jobsHere(...all)
    const run: typeof here.run = (request) =>
      fails ? Promise.reject(new Error('no')) : here.run(request)
    return { ...here, run }
  }
  const { disk, one, typist } = await quiet({ jobs })
  await swept(one)
  assert.equal(one.core.figures().compactionFailures, 1)
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
  fails = false
  await swept(one)
  const { eventsExpired, compactionFailures } = one.core.figures()
  assert.deepEqual([eventsExpired, compactionFailures], [3, 1])
  assert.equal(shown((await readAll(one)).records).text, typist.doc.getText('t').toJSON())
})

test('S19: a room that cannot be read is counted and harms no other', async () => {
  const { store, one } = await quiet()
  const ada = one.peer().hello().join(1, 'other').open(1, 'ada')
  ada.append(1, ['a'])
  await until(() => one.core.figures().recordsAppended === 51, 'another room')
  one.clock.stall(KEEP + LET_GO)
  const read = store.read.bind(store)
  store.read = (room, ...all) =>
    room === 'other' ? Promise.reject(new Error('no')) : read(room, ...all)
  await swept(one)
  const { readFailures, eventsExpired } = one.core.figures()
  assert.deepEqual([readFailures, eventsExpired], [1, 5])
})

/** Jobs that wait until they are let go, and are wanted by nobody once the relay stops. */
const held = () => {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let asked = 0
  let isStopped = false
  const jobs: MakeRoomJobs = (...all) => {
    const here = jobsHere(...all)
    const run: typeof here.run = async (request) => {
      asked++
      await released
      return isStopped ? undefined : here.run(request)
    }
    const stop = async (): Promise<void> => {
      isStopped = true
      release()
    }
    return { ...here, run, stop }
  }
  return { jobs, release, asked: () => asked }
}

test('S19, S17: a room that is deleted while its events are left out is deleted, and that is no failure', async () => {
  const { jobs, release, asked } = held()
  const { store, one } = await quiet({ jobs })
  const before = one.core.figures().expirySweeps
  await one.clock.pass(EXPIRY)
  await until(() => asked() === 1, 'the job runs')
  assert.equal(await one.core.deleteRoom(ROOM), true)
  release()
  await until(() => one.core.figures().expirySweeps > before, 'the look is over')
  const { compactions, compactionFailures } = one.core.figures()
  assert.deepEqual([compactions, compactionFailures], [0, 0])
  assert.equal((await store.open(ROOM)).head, 0)
  await swept(one)
  assert.equal(one.core.figures().readFailures, 0)
})

test('S19, W15: a relay that drains leaves the log as it is, looks at nothing more, and calls that no failure', async () => {
  const { jobs, asked } = held()
  const { disk, one } = await quiet({ jobs })
  await one.clock.pass(EXPIRY)
  await until(() => asked() === 1, 'the job runs')
  await one.core.drain({ withinMs: 1000 })
  await turns(20)
  const { expirySweeps } = one.core.figures()
  await one.clock.pass(3 * EXPIRY)
  assert.equal(one.core.figures().expirySweeps, expirySweeps)
  const { compactions, compactionFailures, readFailures } = one.core.figures()
  assert.deepEqual([compactions, compactionFailures, readFailures, asked()], [0, 0, 0, 1])
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
})

test('S19, S11: who comes while events are left out is let in at once', async () => {
  const { jobs, release, asked } = held()
  const { one, typist } = await quiet({ jobs })
  await one.clock.pass(EXPIRY)
  await until(() => asked() === 1, 'the job runs')
  const comes = await readAll(one)
  assert.equal(shown(comes.records).said.length, 5)
  release()
  await until(() => one.core.figures().eventsExpired === 3, 'they are left out')
  await one.clock.pass(2000)
  assert.equal(one.core.figures().roomsLoaded, 1)
  await write(one, typist, 1)
  assert.equal(comes.records.at(-1)!.offset, 51)
})

test('S19, S11: of a room that fell back meanwhile nothing is replaced: whoever loads it reads one log, and the next look does it', async () => {
  const { jobs, release, asked } = held()
  const { disk, store, one } = await quiet({ jobs })
  const sweeps = one.core.figures().expirySweeps
  await one.clock.pass(EXPIRY)
  await until(() => asked() === 1, 'the job runs')
  const ada = await one.writer('ada')
  store.failNextCommit()
  ada.append(1, ['a'])
  assert.equal((await ada.got('parted')).code, 'cannot-store')
  release()
  await until(() => one.core.figures().expirySweeps > sweeps, 'the look is over')
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
  await swept(one)
  const { eventsExpired, compactionFailures } = one.core.figures()
  assert.deepEqual([eventsExpired, compactionFailures], [3, 0])
})

test('S19: of a log in which very much is too old one look takes a part, and the next one goes on', async () => {
  const disk = new MemoryDisk()
  const store = new MemoryStore({ disk })
  const one = relayWith(store)
  const typist = new Typist()
  for (let n = 0; n < 4; n++) await write(one, typist, 10)
  const since = one.clock.wallMs() + 1
  const context = { clock: one.clock, limits: { ...DEFAULT_LIMITS, maxPageBytes: 1 } }
  const find = (maxBytes?: number) => findOldPart(context, store, ROOM, since, maxBytes)
  assert.deepEqual(await find(), { through: 40, nextMs: undefined })
  assert.equal((await find(1)).through, stored(disk)[0]!.last)
  assert.deepEqual(await findOldPart(context, store, ROOM, since - 1), {
    through: undefined,
    nextMs: since - 1,
  })
})

test('S19: a store on LMDB is sound to a reader that shares no code with it, which says how many events are gone', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'expiry-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const store = await openLmdbStore(dir)
  const one = relayWith(store)
  const typist = new Typist()
  await write(one, typist, 30)
  const throughMs = one.clock.wallMs()
  one.clock.stall(KEEP)
  await write(one, typist, 20)
  const deadline = Date.now() + 20_000
  while (one.core.figures().eventsExpired === 0) {
    assert.ok(Date.now() < deadline, 'they are left out')
    await one.clock.pass(EXPIRY / 10)
  }
  await one.core.drain({ withinMs: 100 })
  await store.close()
  const { rooms, violations } = await inspectRooms(dir)
  assert.deepEqual(violations, [])
  const [{ room, head, expiredEvents, expiredThroughMs }] = rooms as [(typeof rooms)[number]]
  assert.deepEqual([room, head, expiredEvents, expiredThroughMs], ['room', 50, 3, throughMs])
})

test('S19: a time that is none keeps the relay from being made', () => {
  for (const keepEventsMs of [0, -1, 1.5, Number.NaN, Infinity, '5' as unknown as number]) {
    assert.throws(
      () => createRelay({ store: new MemoryStore(), keepEventsMs }),
      (error) => error instanceof RelayError && error.code === 'bad-option',
    )
  }
})

test('S19: events of documents that are opaque to the relay cannot be left out, and it says so', () => {
  const options = { store: new MemoryStore(), documents: 'opaque', keepEventsMs: 1 } as const
  assert.throws(
    () => createRelay(options),
    (error) => error instanceof RelayError && error.code === 'bad-option',
  )
})
