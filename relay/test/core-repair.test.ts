import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyChain } from '../../protocol/index.ts'
import type { Epoch, KeptRun, RoomName } from '../../protocol/index.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { batchOf, bench, numbers, turns, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

const SECRET = new Uint8Array(32).fill(7)
const ROOM = 'room' as RoomName

const relayOn = (disk: MemoryDisk, batchSecret: Uint8Array | undefined = SECRET): Bench =>
  bench({ store: new MemoryStore({ disk }), ...(batchSecret && { batchSecret }) })

const durable = (one: Bench, count: number): Promise<void> =>
  until(() => one.core.figures().recordsAppended === count, `${count} records`)

type Kept = { readonly run: KeptRun; readonly cursor: NonNullable<Parameters<Peer['join']>[2]> }

/** What a page keeps that read the whole log. */
const keptBy = (reader: Peer): Kept => {
  const batches = reader.all('records').flatMap((frame) => frame.batches)
  const { epoch } = batchOf(batches[0]!)
  const { last: after, chainAfter: chain, code } = batchOf(batches.at(-1)!)
  const cursor = { epoch, after, chain, proof: { epoch: epoch!, code } }
  return { cursor, run: { epoch: epoch!, before: emptyChain(ROOM), batches } }
}

/** A log of ten records of two writers, a backup of its first four, and what a page keeps of all. */
const scene = async (): Promise<{ backup: MemoryDisk; kept: Kept; disk: MemoryDisk }> => {
  const disk = new MemoryDisk()
  const before = relayOn(disk)
  const ann = await before.writer('ann')
  const bob = await before.writer('bob')
  let backup = disk
  for (const n of numbers(1, 5)) {
    ann.append(n, [`a${n}`])
    bob.append(n, [`b${n}`])
    await durable(before, 2 * n)
    if (n === 2) backup = disk.copy()
  }
  const reader = before.peer().hello().join().pull(0)
  await reader.got('page')
  return { backup, kept: keptBy(reader), disk }
}

const keysIn = async (one: Bench): Promise<string[]> => {
  const reader = one.peer().hello().join().pull(0)
  await reader.got('page')
  return reader.records
    .filter(({ entry }) => entry.kind === 'event')
    .map(({ author, seq }) => `${author.slice(0, 4)} ${seq}`)
    .toSorted()
}

/** Comes back with a cursor that the relay does not have any more, and reads the log anew. */
const comeBack = async (one: Bench, { cursor }: Kept): Promise<Peer> => {
  const page = one.peer().hello().join(1, 'room', cursor)
  assert.equal((await page.got('reset')).why, 'unknown-epoch')
  page.join(3).pull(0, 3)
  await page.got('page')
  return page
}

test('S15, C1: who shows what the log gave out and has no more is read anew under another epoch, and so is everybody', async () => {
  const { backup, kept } = await scene()
  const one = relayOn(backup)
  const other = one.peer().hello().join()
  await other.got('joined')
  const page = await comeBack(one, kept)
  assert.equal((await other.got('parted')).code, 'room-fell-back')
  const { epoch } = page.last('joined')
  assert.notEqual(epoch, kept.cursor.epoch)
  assert.deepEqual(page.offsets, numbers(1, 5))
  assert.equal(page.records.at(-1)!.entry.kind, 'turn')
  assert.equal(one.core.figures().epochTurns, 1)
  // The same again is only of an older epoch, and turns nothing.
  const again = one.peer().hello().join(1, 'room', kept.cursor)
  assert.equal((await again.got('reset')).why, 'unknown-epoch')
  assert.equal(one.core.figures().epochTurns, 1)
  // A relay that begins anew has the new epoch.
  const next = relayOn(backup).peer().hello().join()
  assert.equal((await next.got('joined')).epoch, epoch)
})

test('S15: a log that was written past the cursor is found out by its chain, and turned as well', async () => {
  const { backup, kept } = await scene()
  const one = relayOn(backup)
  const writer = await one.writer('zoe')
  writer.append(1, ['z1', 'z2', 'z3', 'z4', 'z5', 'z6', 'z7'])
  await durable(one, 7)
  await comeBack(one, kept)
  assert.equal(one.core.figures().epochTurns, 1)
})

test('S14: no cursor turns a log that cannot be shown to be the relay’s own', async () => {
  const { backup, kept } = await scene()
  const { cursor } = kept
  const forged = { ...cursor.proof!, code: new Uint8Array(16) }
  const elsewhere = { ...cursor.proof!, epoch: 'f'.repeat(32) as Epoch }
  const cursors = [
    { ...cursor, proof: undefined },
    { ...cursor, proof: forged },
    { ...cursor, proof: elsewhere },
    { ...cursor, after: 9 },
  ]
  for (const wrong of cursors) {
    const one = relayOn(backup.copy())
    const page = one.peer().hello().join(1, 'room', wrong)
    assert.equal((await page.got('reset')).why, 'ahead-of-log')
    assert.equal(one.core.figures().epochTurns, 0)
  }
  const withoutSecret = bench({ store: new MemoryStore({ disk: backup }) })
  const page = withoutSecret.peer().hello().join(1, 'room', cursor)
  assert.equal((await page.got('reset')).why, 'ahead-of-log')
})

test('C12: what a page kept goes back into the log under its own keys, once, and everybody is told how much by how many', async () => {
  const { backup, kept, disk } = await scene()
  const one = relayOn(backup)
  const page = await comeBack(one, kept)
  const second = await (async () => {
    const peer = one.peer().hello().join().pull(0)
    await peer.got('page')
    return peer
  })()
  page.send({ type: 'repair', ref: 3, ...kept.run })
  assert.deepEqual(await page.got('repaired'), { type: 'repaired', ref: 3, taken: 6, left: 0 })
  const { records, sessions } = await second.got('restored')
  assert.deepEqual([records, sessions], [6, 1])
  second.send({ type: 'repair', ref: 1, ...kept.run })
  assert.deepEqual(await second.got('repaired'), { type: 'repaired', ref: 1, taken: 0, left: 0 })
  assert.deepEqual(await keysIn(one), await keysIn(relayOn(disk)))
  assert.equal(one.core.figures().recordsRestored, 6)
  // Who comes later is told as well.
  const late = one.peer().hello().join()
  assert.equal((await late.got('restored')).records, 6)
  // The writers go on where they were.
  const ann = await one.writer('ann')
  assert.equal(ann.last('opened').through, 5)
})

test('C12: of two pages that each kept a part, what the one has no place for comes in behind what the other gives', async () => {
  const { backup, kept, disk } = await scene()
  const one = relayOn(backup)
  const page = await comeBack(one, kept)
  const { batches } = kept.run
  const half = batches.length - 2
  const before = batchOf(batches[half - 1]!).chainAfter
  const last = { epoch: kept.run.epoch, before, batches: batches.slice(half) }
  page.send({ type: 'repair', ref: 3, ...last })
  const { taken, left } = await page.got('repaired')
  assert.ok(taken === 0 && left > 0)
  const other = one.peer().hello().join().pull(0)
  await other.got('page')
  other.send({ type: 'repair', ref: 1, ...kept.run, batches: batches.slice(0, half) })
  await other.got('repaired')
  page.send({ type: 'repair', ref: 3, ...last })
  assert.equal((await page.got('repaired', 2)).left, 0)
  assert.deepEqual(await keysIn(one), await keysIn(relayOn(disk)))
  assert.equal(page.last('restored').sessions, 2)
})

test('S14: batches that this relay did not write are counted, and nothing of them goes in', async () => {
  const { kept } = await scene()
  const one = relayOn(new MemoryDisk(), new Uint8Array(32).fill(8))
  const page = one.peer().hello().join().pull(0)
  await page.got('page')
  page.send({ type: 'repair', ref: 1, ...kept.run })
  assert.deepEqual(await page.got('repaired'), { type: 'repaired', ref: 1, taken: 0, left: 0 })
  assert.deepEqual(await keysIn(one), [])
  assert.equal(one.core.figures().foreignBatches, kept.run.batches.length)
})

test('C12, S3: nobody is told of what was given back before it is on disk, and a commit that fails takes it back', async () => {
  const { backup, kept } = await scene()
  const store = new MemoryStore({ disk: backup })
  const one = bench({ store, batchSecret: SECRET })
  const page = await comeBack(one, kept)
  const release = store.holdCommits()
  page.send({ type: 'repair', ref: 3, ...kept.run })
  await turns(20)
  assert.deepEqual(page.all('repaired'), [])
  store.failNextCommit()
  release()
  assert.equal((await page.got('parted')).code, 'cannot-store')
  assert.equal(one.core.figures().recordsRestored, 0)
})

test('C12, C9: who gives back what somebody else has just given is not answered before it sees that in the log, or it would write it anew', async () => {
  const { backup, kept } = await scene()
  const store = new MemoryStore({ disk: backup })
  const one = bench({ store, batchSecret: SECRET })
  const page = await comeBack(one, kept)
  const second = one.peer().hello().join().pull(0)
  await second.got('page')
  const release = store.holdCommits()
  page.send({ type: 'repair', ref: 3, ...kept.run })
  await turns(5)
  second.send({ type: 'repair', ref: 1, ...kept.run })
  await turns(20)
  assert.deepEqual(second.all('repaired'), [])
  release()
  assert.deepEqual(await second.got('repaired'), { type: 'repaired', ref: 1, taken: 0, left: 0 })
  assert.equal(second.offsets.length, 11)
  assert.equal(second.last('restored').sessions, 1)
})

test('S15: what was under way to the disk when a log was found to be taken back is there behind the turn', async () => {
  const { backup, kept } = await scene()
  const store = new MemoryStore({ disk: backup })
  const one = bench({ store, batchSecret: SECRET })
  const writer = await one.writer('zoe')
  const release = store.holdCommits()
  writer.append(1, ['z1'])
  await turns(3)
  const page = one.peer().hello().join(1, 'room', kept.cursor)
  await writer.got('parted')
  assert.deepEqual(page.all('reset'), [])
  release()
  await page.got('reset')
  page.join(2).pull(0, 2)
  await page.got('page')
  assert.deepEqual(
    page.records.slice(-2).map(({ entry }) => entry.kind),
    ['event', 'turn'],
  )
})
