import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import {
  authorOf,
  decodeBatch,
  emptyChain,
  encodeEntry,
  encodeEvent,
  encodeTurn,
  encodeVoid,
} from '../../../protocol/index.ts'
import type { Batch, Epoch, RoomName } from '../../../protocol/index.ts'
import { encodeBatch } from '../../../protocol/batch-codec.ts'
import { compact } from '../kinds/compact.ts'
import type { JobKinds } from '../kinds/job-kinds.ts'

type Answer = JobKinds['compact']['answer']

const author = authorOf(new TextEncoder().encode('a proof'))
const EPOCH = 'e'.repeat(32) as Epoch
const HASH = 'a'.repeat(32)

const event = (n: number): Uint8Array =>
  encodeEntry({ kind: 'event', origin: undefined, body: encodeEvent({ name: 'n', payload: n }) })

const update = (n: number): Uint8Array => {
  const doc = new Y.Doc()
  doc.clientID = n
  doc.getText('t').insert(0, `${n} `)
  const body = Y.encodeStateAsUpdate(doc) as Uint8Array<ArrayBuffer>
  return encodeEntry({ kind: 'update', origin: undefined, body })
}

/** A log of one record a batch, each a second behind the one before it: the record at offset 3 is of 3,000 ms. */
const logOf = (entries: readonly Uint8Array[]): Uint8Array[] => {
  let chain = emptyChain('room' as RoomName)
  return entries.map((bytes, at) => {
    const epoch = at === 0 ? EPOCH : undefined
    const records = [{ author, user: 'ada', seq: at + 1, bytes, seal: undefined }]
    const encoded = encodeBatch({ first: at + 1, atMs: 1000 * (at + 1), epoch, records }, chain)
    chain = encoded.chainAfter
    return encoded.bytes
  })
}

const run = (
  batches: readonly Uint8Array[],
  eventsSinceMs: number,
  more: Partial<JobKinds['compact']['input']> = {},
): Answer => {
  const input = { after: 0, epoch: undefined, author: 'b'.repeat(32), atMs: 99_000 }
  const work = compact({ ...input, maxBatchBytes: 100_000, eventsSinceMs, ...more })
  for (const batch of batches) void work.take([batch])
  return work.finish() as Answer
}

const read = ({ batches }: Answer): Batch[] =>
  batches.map(({ bytes }) => {
    const batch = decodeBatch(bytes)
    assert.ok(typeof batch !== 'string')
    return batch
  })

const kept = (batch: Batch): number[] =>
  batch.records.flatMap(({ entry, offset }) => (entry.kind === 'update' ? [] : [offset]))

const textOf = (batches: readonly Batch[]): string[] => {
  const doc = new Y.Doc()
  for (const { entry } of batches.flatMap(({ records }) => records))
    if (entry.kind === 'update') Y.applyUpdate(doc, entry.body)
  return doc.getText('t').toJSON().trim().split(' ').toSorted()
}

test('S19: events from before the bound are left out and counted, those at it stay, and so does the document', () => {
  const log = logOf([event(1), update(2), event(3), event(4), update(5), event(6)])
  const answer = run(log, 4000)
  const [batch, ...others] = read(answer)
  assert.deepEqual(others, [])
  assert.deepEqual(kept(batch!), [4, 6])
  assert.deepEqual(batch!.expired, { count: 2, throughMs: 3000 })
  assert.equal(answer.expired, 2)
  assert.deepEqual(textOf([batch!]), ['2', '5'])
  const last = decodeBatch(log[5]!)
  assert.ok(typeof last !== 'string')
  assert.deepEqual(
    [batch!.first, batch!.last, batch!.epoch, batch!.chainAfter],
    [1, 6, EPOCH, last.chainAfter],
  )
})

test('S19: where all events are too old none is left, and where none is all are', () => {
  const log = logOf([event(1), event(2), event(3)])
  const [nothing] = read(run(log, 9000))
  assert.deepEqual([nothing!.records, nothing!.last], [[], 3])
  assert.deepEqual(nothing!.expired, { count: 3, throughMs: 3000 })
  const all = run(log, 1000)
  assert.deepEqual(kept(read(all)[0]!), [1, 2, 3])
  assert.deepEqual(read(all)[0]!.expired, { count: 0, throughMs: 0 })
  assert.equal(all.expired, 0)
})

test('S19: voids and turns stay, however old they are', () => {
  const refused = encodeVoid({ hash: HASH as never, code: 'too-large' })
  const log = logOf([event(1), refused, encodeTurn(), event(4)])
  const [batch] = read(run(log, 9000))
  assert.deepEqual(
    batch!.records.map(({ offset, entry }) => [offset, entry.kind]),
    [
      [2, 'void'],
      [3, 'turn'],
    ],
  )
  assert.deepEqual(batch!.expired, { count: 2, throughMs: 4000 })
})

test('S19: a second compaction adds to what the first one left out, whichever parts they were in', () => {
  const log = logOf([event(1), event(2), update(3), event(4), event(5), event(6)])
  const small = { maxBatchBytes: 1 }
  const first = run(log.slice(0, 4), 3000, small)
  assert.deepEqual(
    read(first).map(({ last, expired }) => [last, expired.count, expired.throughMs]),
    [[4, 2, 2000]],
  )
  const second = run([...first.batches.map(({ bytes }) => bytes), ...log.slice(4)], 6000, small)
  const batches = read(second)
  assert.equal(second.expired, 2)
  const counts = batches.map(({ expired }) => expired.count)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    4,
  )
  assert.equal(Math.max(...batches.map(({ expired }) => expired.throughMs)), 5000)
  assert.deepEqual(batches.flatMap(kept), [6])
  assert.deepEqual(textOf(batches), ['3'])
  const third = run(
    second.batches.map(({ bytes }) => bytes),
    9000,
  )
  assert.deepEqual(read(third)[0]!.expired, { count: 5, throughMs: 6000 })
  assert.equal(third.expired, 1)
})
