import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as encoding from 'lib0/encoding'
import {
  MIN_BATCH_BYTES,
  decodeBatch,
  decodeVoid,
  encodeBatch,
  encodeCompacted,
  encodeVoid,
  isChained,
  recordHash,
} from '../batch-codec.ts'
import type { BatchParts } from '../batch-codec.ts'
import { NONE_EXPIRED } from '../batch.ts'
import { decodeDownFrame, encodeFrame } from '../codec.ts'
import { emptyChain, hashEntry } from '../hash.ts'
import { fromHex } from '../ids.ts'
import { ROOM, authorNamed, updateBytes } from './support/entries.ts'
import { EPOCH, OutboxBench } from './support/outbox-bench.ts'

const HASH = hashEntry(new Uint8Array([9]))

const record = (text: string, seal?: readonly number[]): BatchParts['records'][number] => ({
  author: authorNamed('ann'),
  user: 'ann',
  seq: 1,
  bytes: updateBytes(text),
  seal: seal === undefined ? undefined : new Uint8Array(seal),
})

const encode = (records: BatchParts['records']): Uint8Array =>
  encodeBatch({ first: 5, atMs: 1234, epoch: undefined, records }, emptyChain(ROOM)).bytes

/** What stands in a batch of two records, to be got wrong on purpose. */
type Layout = {
  readonly flags: number
  readonly first: number
  readonly user: string
  readonly writers: readonly number[]
  readonly seq: number
  readonly entry: Uint8Array
  readonly seal: Uint8Array
  readonly code: Uint8Array
  readonly behind: readonly number[]
}

const RIGHT: Layout = {
  flags: 2,
  first: 1,
  user: 'u'.repeat(64),
  writers: [0, 0],
  seq: 1,
  entry: updateBytes('a'),
  seal: new Uint8Array(256),
  code: new Uint8Array(64),
  behind: [],
}

const laidOut = (layout: Layout): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, layout.flags)
  encoding.writeVarUint(encoder, layout.first)
  encoding.writeVarUint(encoder, 1234)
  encoding.writeVarUint(encoder, 1)
  encoding.writeUint8Array(encoder, fromHex(authorNamed('ann')))
  encoding.writeVarString(encoder, layout.user)
  encoding.writeVarUint(encoder, layout.writers.length)
  for (const writer of layout.writers) {
    encoding.writeVarUint(encoder, writer)
    encoding.writeVarUint(encoder, layout.seq)
    encoding.writeVarUint8Array(encoder, layout.entry)
    encoding.writeVarUint8Array(encoder, layout.seal)
  }
  encoding.writeUint8Array(encoder, new Uint8Array(16))
  encoding.writeVarUint8Array(encoder, layout.code)
  encoding.writeUint8Array(encoder, new Uint8Array(layout.behind))
  return encoding.toUint8Array(encoder)
}

test('W1: a batch decodes to what it was made of, a seal only where one was put', () => {
  const batch = decodeBatch(encode([record('a'), record('b', [1, 2])]))
  assert.ok(typeof batch !== 'string')
  const { first, last, atMs, epoch, records } = batch
  assert.deepEqual([first, last, atMs, epoch], [5, 6, 1234, undefined])
  assert.deepEqual(
    records.map(({ offset, author, user, seq, seal }) => [offset, author, user, seq, seal]),
    [
      [5, authorNamed('ann'), 'ann', 1, undefined],
      [6, authorNamed('ann'), 'ann', 1, new Uint8Array([1, 2])],
    ],
  )
})

test('W1: a batch has place for seals if one record has one, and else not a byte', () => {
  const bare = encode([record('a')])
  assert.equal(bare[0], 0)
  assert.equal(encode([record('a', [7, 7])]).length, bare.length + 3)
  assert.equal(encode([record('a', [7, 7])])[0], 2)
})

test('W2: the smallest batch is as small as the codec says', () => {
  const empty = { ...record(''), user: '' }
  const { bytes } = encodeBatch(
    { first: 1, atMs: 0, epoch: undefined, records: [empty] },
    emptyChain(ROOM),
  )
  assert.ok(bytes.length > MIN_BATCH_BYTES)
  const compacted = encodeCompacted({
    first: 1,
    last: 1,
    epoch: EPOCH,
    chainAfter: emptyChain(ROOM),
    code: new Uint8Array(),
    expired: NONE_EXPIRED,
    records: [],
  })
  assert.equal(compacted.length, MIN_BATCH_BYTES)
  const frame = encodeFrame({ type: 'records', room: 1, batches: [compacted] })
  assert.deepEqual(decodeDownFrame(frame), { type: 'records', room: 1, batches: [compacted] })
})

const WRONG: Readonly<Record<string, Partial<Layout>>> = {
  'a flag that nobody knows': { flags: 6 },
  'an offset 0': { first: 0 },
  'no record': { writers: [] },
  'a record of an author that is not listed': { writers: [0, 1] },
  'a seq 0': { seq: 0 },
  'a record that is no entry': { entry: new Uint8Array([3]) },
  'an empty record': { entry: new Uint8Array() },
  'a seal of 257 bytes': { seal: new Uint8Array(257) },
  'a code of 65 bytes': { code: new Uint8Array(65) },
  'a name of 65 bytes': { user: 'u'.repeat(65) },
  'a byte behind the end': { behind: [0] },
}

for (const [what, wrong] of Object.entries(WRONG)) {
  test(`W2: a batch with ${what} is refused, and without it is read`, () => {
    assert.equal(typeof decodeBatch(laidOut(RIGHT)), 'object')
    assert.equal(typeof decodeBatch(laidOut({ ...RIGHT, ...wrong })), 'string')
  })
}

test('W2: a batch without records is refused even where its first offset could be one', () => {
  assert.equal(typeof decodeBatch(laidOut({ ...RIGHT, first: 7, writers: [] })), 'string')
})

test('S6: the chain binds every byte before its value, so also who wrote', () => {
  const { bytes, chainAfter } = encodeBatch(
    { first: 1, atMs: 0, epoch: EPOCH, records: [record('a')] },
    emptyChain(ROOM),
  )
  const batch = decodeBatch(bytes)
  assert.ok(typeof batch !== 'string')
  assert.equal(batch.chainAfter, chainAfter)
  assert.equal(batch.coveredBytes, bytes.length - 17)
  assert.ok(isChained(batch, bytes, emptyChain(ROOM)))
  assert.ok(!isChained(batch, bytes, chainAfter))
})

test('S9: a void says the hash and the code, and a body of another length or code says nothing', () => {
  const body = encodeVoid({ hash: HASH, code: 'malformed-entry' }).subarray(1)
  assert.deepEqual(decodeVoid(body), { hash: HASH, code: 'malformed-entry' })
  assert.equal(decodeVoid(body.subarray(0, -1)), undefined)
  assert.equal(decodeVoid(new Uint8Array([...body, 0])), undefined)
  assert.equal(decodeVoid(body.with(16, 4)), undefined)
  assert.equal(decodeVoid(new Uint8Array()), undefined)
})

test('S2, S9: a record that comes again is compared by the hash of its bytes, and only a void by the one in it', () => {
  const bench = new OutboxBench()
  const refused = encodeVoid({ hash: HASH, code: 'too-large' })
  assert.equal(recordHash(bench.record('p1', 1, refused)), HASH)
  // An update whose body could be a void's.
  const update = new Uint8Array([0, ...refused.subarray(1)])
  assert.equal(recordHash(bench.record('p1', 1, update)), hashEntry(update))
})
