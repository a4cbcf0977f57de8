import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RoomName } from '../../protocol/index.ts'
import { yjsGate } from '../gate/index.ts'
import { inspectRooms } from '../inspect.ts'
import { readRoomLog } from '../room-log-reader.ts'
import type { MakeRoomJobs } from '../room-jobs.ts'
import { walkInChild } from '../stores/lmdb-ask.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import type { Store } from '../stores/store.ts'
import { Typist, jobsHere, readAll, shown, stored } from './compaction-bench.ts'
import { bench, turns, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

const relayOn = (disk: MemoryDisk): Bench => relayWith(new MemoryStore({ disk }))

const relayWith = (store: Store): Bench =>
  bench({
    store: store as MemoryStore,
    gates: yjsGate,
    jobs: jobsHere,
    batchSecret: new Uint8Array(32).fill(3),
    tuning: { compactRecords: 100, maxBatchBytes: 4096 },
  })

const FRAME = 50

const write = async (one: Bench, typist: Typist, count: number): Promise<Peer> => {
  const before = one.core.figures().recordsAppended
  const peer = await one.writer('t')
  for (let n = 0; n < count; n += FRAME) {
    const firstSeq = typist.sent.length + 1
    const entries = Array.from({ length: FRAME }, () => typist.next())
    peer.send({ type: 'append', producer: 1, firstSeq, entries })
    await until(() => one.core.figures().recordsAppended === before + n + FRAME, 'all of it')
  }
  return peer
}

const scene = async () => {
  const disk = new MemoryDisk()
  const one = relayOn(disk)
  const typist = new Typist()
  await write(one, typist, 9000)
  await until(() => one.core.figures().compactions > 0, 'a compaction')
  return { disk, one, typist }
}

test('S18: a log is compacted behind its checkpoint: who reads from the start sees the same document and the same events at the same offsets', async () => {
  const { disk, one, typist } = await scene()
  const batches = stored(disk)
  const compacted = batches.filter(({ isCompacted }) => isCompacted)
  assert.ok(compacted.length > 1, 'events alone fill more than one')
  assert.ok(batches.slice(0, compacted.length).every(({ isCompacted }) => isCompacted))
  const updates = compacted.flatMap(({ records }) =>
    records.filter(({ entry }) => entry.kind === 'update'),
  )
  assert.equal(updates.length, 1)
  const { through } = disk.rooms.get('room')!.checkpoint!
  assert.equal(compacted.at(-1)!.last, through)
  const { records } = await readAll(one)
  const offsets = Array.from({ length: 900 }, (_, n) => (n + 1) * 10)
  assert.deepEqual(shown(records), { text: typist.doc.getText('t').toJSON(), said: offsets })
  const events = compacted.flatMap((batch) =>
    batch.records.filter(({ entry }) => entry.kind === 'event'),
  )
  assert.ok(
    events.every(({ atMs, user, seq, offset }) => atMs > 0 && user === 'ada' && seq === offset),
  )
})

test('S18, S7, S2: a relay that begins anew on it knows marks, dedupes what comes again, and goes on', async () => {
  const { disk, typist } = await scene()
  const again = relayOn(disk)
  const peer = await again.writer('t')
  assert.equal(peer.last('opened').through, 9000)
  const old = typist.sent.slice(99, 102)
  peer.send({ type: 'append', producer: 1, firstSeq: 100, entries: old })
  await peer.got('acked')
  assert.equal(again.core.figures().recordsAppended, 0)
  await write(again, typist, FRAME)
  assert.equal(shown((await readAll(again)).records).text, typist.doc.getText('t').toJSON())
})

test('S18, C1: a cursor at the end of a compacted batch goes on, one inside is told to read anew', async () => {
  const { disk } = await scene()
  const [first, second] = stored(disk)
  // The one that compacted may still have the old batches in memory.
  const one = relayOn(disk)
  const epoch = first!.epoch!
  const at = {
    epoch,
    after: first!.last,
    chain: first!.chainAfter,
    proof: { epoch, code: first!.code },
  }
  const goesOn = one.peer().hello().join(1, 'room', at).pull(first!.last)
  await goesOn.got('joined')
  await goesOn.got('page')
  assert.equal(goesOn.records[0]!.offset, second!.records[0]!.offset)
  const inside = one
    .peer()
    .hello()
    .join(1, 'room', { ...at, after: first!.last - 1 })
  assert.equal((await inside.got('reset')).why, 'compacted')
  assert.equal(one.core.figures().epochTurns, 0)
  // Who was joined before, and pulls from a place that is gone by then.
  const joined = one.peer().hello().join()
  await joined.got('joined')
  joined.pull(first!.last - 1)
  assert.equal((await joined.got('reset')).why, 'compacted')
})

test('S18: the next compaction takes the document along and writes no event twice, and one behind a restart finds where the last one ended', async () => {
  const { disk, one, typist } = await scene()
  const firstOnes = stored(disk).filter(({ isCompacted }) => isCompacted)
  await write(one, typist, 5000)
  await until(() => one.core.figures().compactions > 1, 'another one')
  const again = relayOn(disk)
  await write(again, typist, 9000)
  await until(() => again.core.figures().compactions > 0, 'one more')
  const compacted = stored(disk).filter(({ isCompacted }) => isCompacted)
  assert.ok(compacted.at(-1)!.last > firstOnes.at(-1)!.last)
  // All but the last one of the first time are as they were.
  for (const [at, { last }] of firstOnes.slice(0, -1).entries())
    assert.equal(compacted[at]!.last, last)
  const { records } = await readAll(again)
  const { text, said } = shown(records)
  assert.equal(text, typist.doc.getText('t').toJSON())
  assert.deepEqual(
    said,
    Array.from({ length: 2300 }, (_, n) => (n + 1) * 10),
  )
  const updates = compacted.flatMap((batch) =>
    batch.records.filter(({ entry }) => entry.kind === 'update'),
  )
  assert.equal(updates.length, 1)
})

test('S18: a compaction that fails leaves the log as it was, and the next checkpoint tries again', async () => {
  const disk = new MemoryDisk()
  let fails = true
  const jobs: MakeRoomJobs = (...all) => {
    const here = jobsHere(...all)
    return {
      ...here,
      run: (request) => (fails ? Promise.reject(new Error('no')) : here.run(request)),
    }
  }
  const one = bench({
    store: new MemoryStore({ disk }),
    gates: yjsGate,
    jobs,
    tuning: { compactRecords: 100 },
  })
  const typist = new Typist()
  await write(one, typist, 9000)
  await until(() => one.core.figures().compactionFailures > 0, 'a failure')
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
  fails = false
  await write(one, typist, 5000)
  await until(() => one.core.figures().compactions > 0, 'a compaction')
  assert.equal(shown((await readAll(one)).records).text, typist.doc.getText('t').toJSON())
})

test('S18: what was written while a compaction took its time is compacted at its end, also where nobody writes any more', async () => {
  const disk = new MemoryDisk()
  let end = (): void => undefined
  const isOver = new Promise<void>((resolve) => (end = resolve))
  const jobs: MakeRoomJobs = (...all) => {
    const here = jobsHere(...all)
    return { ...here, run: (request) => isOver.then(() => here.run(request)) }
  }
  const one = bench({
    store: new MemoryStore({ disk }),
    gates: yjsGate,
    jobs,
    tuning: { compactRecords: 100 },
  })
  const typist = new Typist()
  await write(one, typist, 18_000)
  const { through } = disk.rooms.get('room')!.checkpoint!
  assert.ok(through > 10_000)
  end()
  await until(() => one.core.figures().compactions > 1, 'two compactions')
  const compacted = stored(disk).filter(({ isCompacted }) => isCompacted)
  assert.equal(compacted.at(-1)!.last, through)
  assert.equal(shown((await readAll(one)).records).text, typist.doc.getText('t').toJSON())
})

test('S18: of updates that nobody looks into none is merged, since what is no document of Yjs would be lost', async () => {
  const disk = new MemoryDisk()
  const one = bench({
    store: new MemoryStore({ disk }),
    jobs: jobsHere,
    keepEventsMs: 1,
    tuning: { compactRecords: 100, expiryMs: 1000 },
  })
  const typist = new Typist()
  await write(one, typist, 9000)
  await until(() => one.core.figures().checkpoints > 0, 'a checkpoint')
  await one.clock.pass(3000)
  await turns(50)
  assert.ok(stored(disk).every(({ isCompacted }) => !isCompacted))
  assert.equal(one.core.figures().expirySweeps, 0)
})

test('S18: a compacted store on LMDB is sound to a reader that shares no code with it, and its log is the same over HTTP', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'compaction-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const store = await openLmdbStore(dir)
  const one = relayWith(store)
  const typist = new Typist()
  await write(one, typist, 9000)
  await until(() => one.core.figures().compactions > 0, 'a compaction')
  const part = await readRoomLog(store, 'room' as RoomName, 0, false)
  assert.ok(part.records.every(({ offset }, at) => offset >= (part.records[at - 1]?.offset ?? 0)))
  await store.close()
  const { rooms, violations } = await inspectRooms(dir)
  assert.deepEqual(violations, [])
  const [room] = rooms
  assert.equal(room!.head, 9000)
  assert.ok(room!.records < 9000)
  const walked = await walkInChild(dir)
  assert.ok(walked.type === 'walked')
  assert.deepEqual([walked.walk.missing, walked.walk.damaged], [0, []])
})
