import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatch, encodeCompacted, isChained } from '../batch-codec.ts'
import type { CompactedParts } from '../batch-codec.ts'
import { emptyChain } from '../hash.ts'
import type { Chain, Epoch } from '../ids.ts'
import { LogReader } from '../log-reader.ts'
import { ownRecords } from '../repair-run.ts'
import { ROOM, authorNamed, entry, eventBytes, updateBytes } from './support/entries.ts'
import { StoredRoom } from './support/stored-room.ts'

const EPOCH = 'e'.repeat(32) as Epoch
const CHAIN = 'c'.repeat(32) as Chain

const record = (offset: number, bytes: Uint8Array): CompactedParts['records'][number] => ({
  offset,
  atMs: 1000 * offset,
  author: authorNamed('ann'),
  user: 'ann',
  seq: offset,
  bytes,
  seal: undefined,
})

const parts = (more: Partial<CompactedParts> = {}): CompactedParts => ({
  first: 1,
  last: 9,
  epoch: EPOCH,
  chainAfter: CHAIN,
  code: new Uint8Array([4, 2]),
  expired: { count: 2, throughMs: 1500 },
  records: [record(2, eventBytes('e')), record(7, eventBytes('f')), record(9, updateBytes('doc'))],
  ...more,
})

test('S18: a compacted batch comes out as it went in: its reach, and each record with its own offset and time', () => {
  const bytes = encodeCompacted(parts())
  const batch = decodeBatch(bytes)
  assert.ok(typeof batch !== 'string')
  const { first, last, epoch, chainAfter, code, isCompacted, records } = batch
  assert.deepEqual(
    { first, last, epoch, chainAfter, code, isCompacted },
    {
      first: 1,
      last: 9,
      epoch: EPOCH,
      chainAfter: CHAIN,
      code: new Uint8Array([4, 2]),
      isCompacted: true,
    },
  )
  assert.deepEqual(
    records.map(({ offset, atMs, entry: { kind } }) => [offset, atMs, kind]),
    [
      [2, 2000, 'event'],
      [7, 7000, 'event'],
      [9, 9000, 'update'],
    ],
  )
  assert.ok(!isChained(batch, bytes, emptyChain(ROOM)))
})

test('S18: it may hold nothing at all, but never ends before its records or its begin', () => {
  const empty = decodeBatch(encodeCompacted(parts({ records: [] })))
  assert.ok(typeof empty !== 'string')
  assert.deepEqual([empty.records.length, empty.last], [0, 9])
  for (const wrong of [
    parts({ last: 8 }),
    parts({ first: 0 }),
    parts({ first: 12, last: 11, records: [] }),
  ]) {
    const broken = decodeBatch(encodeCompacted(wrong))
    assert.equal(broken, 'a batch begins at 1 and is not empty')
  }
})

test('S19: it says how many events of its reach are not in it and the time of the newest, and never of more than its reach', () => {
  const read = (more: Partial<CompactedParts>) => decodeBatch(encodeCompacted(parts(more)))
  for (const expired of [
    { count: 0, throughMs: 0 },
    { count: 9, throughMs: 1_700_000_000_000 },
  ]) {
    const batch = read({ expired, records: [] })
    assert.ok(typeof batch !== 'string')
    assert.deepEqual(batch.expired, expired)
  }
  assert.equal(
    read({ expired: { count: 10, throughMs: 1 } }),
    'more events expired than there were',
  )
  const whole = decodeBatch(compacted().room.stored[0]!)
  assert.ok(typeof whole !== 'string')
  assert.deepEqual(whole.expired, { count: 0, throughMs: 0 })
})

test('S18, W2: one that is cut anywhere is none, and no bytes of it make a reader throw', () => {
  const bytes = encodeCompacted(parts())
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(typeof decodeBatch(bytes.subarray(0, length)), 'string')
  }
  for (let at = 0; at < bytes.length; at++) decodeBatch(bytes.with(at, bytes[at]! ^ 255))
})

/** A log whose first three batches were compacted. */
const compacted = (): { room: StoredRoom; batches: readonly Uint8Array[] } => {
  const room = new StoredRoom({ codeOf: (_epoch, offset) => new Uint8Array([offset]) })
  for (let n = 1; n <= 5; n++) {
    room.append(1, 'ann', n, entry(`a${n}`))
    room.settle()
  }
  const third = decodeBatch(room.stored[2]!)
  assert.ok(typeof third !== 'string')
  const { last, chainAfter, code } = third
  const base = encodeCompacted({
    ...parts({ last, chainAfter, code, records: [record(3, updateBytes('doc'))] }),
  })
  return { room, batches: [base, ...room.stored.slice(3)] }
}

test('S18, C4: who reads from the start goes over it to the batch behind it, and has the log’s own place there', () => {
  const { room, batches } = compacted()
  const reader = new LogReader(ROOM, undefined)
  reader.joined(EPOCH)
  const { applied, end } = reader.read(batches)
  assert.equal(end, 'all')
  assert.deepEqual(
    applied.map(({ batch }) => batch.last),
    [3, 4, 5],
  )
  assert.deepEqual(reader.cursor, {
    epoch: EPOCH,
    offset: 5,
    chain: room.sequencer.chain,
    proof: { epoch: EPOCH, code: new Uint8Array([5]) },
  })
})

test('S18, C3: one that begins elsewhere than behind the cursor is missed or not believed, as any', () => {
  const { batches } = compacted()
  const late = new LogReader(ROOM, undefined)
  assert.equal(late.read([encodeCompacted(parts({ first: 2 }))]).end, 'missed')
  const inside = new LogReader(ROOM, { epoch: EPOCH, offset: 2, chain: CHAIN, proof: undefined })
  assert.equal(inside.read(batches).end, 'broken-chain')
})

test('S14, S18: nobody makes records by giving back a compacted batch', () => {
  const { batches } = compacted()
  const run = { epoch: EPOCH, before: emptyChain(ROOM), batches }
  assert.deepEqual(
    ownRecords(run, (_epoch, offset) => new Uint8Array([offset])),
    {
      records: [],
      foreign: batches.length,
    },
  )
})
