import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeVoid, encodeEntry, encodeVoid } from '../batch-codec.ts'
import type { AppendedEntry, RejectCode } from '../batch.ts'
import { appended, authorNamed, entry, eventBytes, updateBytes } from './support/entries.ts'
import { OPTIONS, StoredRoom, brief, textOf } from './support/stored-room.ts'

test('W10: bytes that do not fit their hash are neither stored nor acked, nor is what stands behind them', () => {
  const room = new StoredRoom()
  const corrupt = { ...entry('a2'), hash: entry('other').hash }
  assert.deepEqual(room.append(1, 'ann', 1, entry('a1'), corrupt, entry('a3')), [
    { type: 'corrupt', from: 1, seq: 2 },
  ])
  assert.deepEqual(brief(room.settle()), [{ type: 'acked', from: 1, through: 1 }])
  assert.deepEqual(room.records().map(textOf), ['a1'])
  assert.deepEqual(room.append(1, 'ann', 2, entry('a2')), [])
})

test('W10: an entry that comes again is checked against its hash as well', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.settle()
  const corrupt = { ...entry('other'), hash: entry('a1').hash }
  assert.deepEqual(room.append(1, 'ann', 1, corrupt), [{ type: 'corrupt', from: 1, seq: 1 }])
})

const kind = (head: number): AppendedEntry => appended(new Uint8Array([head, 1, 2]))

const REFUSED: readonly (readonly [string, AppendedEntry, RejectCode])[] = [
  ['one that is too large', entry('x'.repeat(OPTIONS.maxEntryBytes)), 'too-large'],
  ['a Yjs update V2', kind(1), 'unknown-kind'],
  ['a kind that nobody knows', kind(9), 'unknown-kind'],
  ['a void of a client’s own', kind(31), 'unknown-kind'],
  ['an empty one', appended(new Uint8Array()), 'malformed-entry'],
  ['half an origin', appended(new Uint8Array([0x20, 1])), 'malformed-entry'],
  ['an event that is none', appended(new Uint8Array([2, 0])), 'malformed-entry'],
]

for (const [what, refused, code] of REFUSED) {
  test(`S9: ${what} leaves a void record and is answered ${code}, again if it comes again`, () => {
    const room = new StoredRoom()
    room.append(1, 'ann', 1, entry('a1'), refused, entry('a3'))
    assert.deepEqual(brief(room.settle()), [
      { type: 'rejected', from: 1, seq: 2, code },
      { type: 'acked', from: 1, through: 3 },
    ])
    const record = room.records()[1]!
    assert.equal(record.entry.kind, 'void')
    assert.deepEqual(decodeVoid(record.entry.body), { hash: refused.hash, code })
    for (const isRestarted of [false, true]) {
      if (isRestarted) room.restart()
      const again = room.append(2, 'ann', 1, entry('a1'), refused, entry('a3'))
      assert.deepEqual(again, [
        { type: 'rejected', from: 2, seq: 2, code },
        { type: 'acked', from: 2, through: 3 },
      ])
      assert.deepEqual(room.append(3, 'ann', 2, entry('other')), [
        { type: 'forked', from: 3, seq: 2 },
      ])
    }
  })
}

test('S9: a refused entry that comes again before it is durable is answered once, when it is', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, kind(9))
  room.append(1, 'ann', 1, kind(9))
  assert.deepEqual(brief(room.settle()), [
    { type: 'rejected', from: 1, seq: 1, code: 'unknown-kind' },
    { type: 'acked', from: 1, through: 1 },
  ])
})

test('S9: updates and events of just the largest size are taken, re-homed ones with their first key on top', () => {
  const room = new StoredRoom()
  const body = 'x'.repeat(OPTIONS.maxEntryBytes - 1)
  const origin = { author: authorNamed('ann'), seq: Number.MAX_SAFE_INTEGER }
  const entries = [entry(body), appended(eventBytes('e')), appended(updateBytes(body, origin))]
  room.append(1, 'bob', 1, ...entries)
  assert.deepEqual(brief(room.settle()), [{ type: 'acked', from: 1, through: 3 }])
  const tooLarge = appended(encodeEntry({ kind: 'update', origin, body: new Uint8Array(101) }))
  room.append(1, 'bob', 4, tooLarge)
  assert.equal(brief(room.settle()).length, 2)
})

test('S10: an author belongs to the user that first wrote with it, before and after a restart', () => {
  const room = new StoredRoom()
  const mark = (user: string): number | undefined =>
    room.sequencer.durableMark(authorNamed('ann'), user)
  assert.deepEqual([mark('ann'), mark('eve')], [0, 0])
  room.append(1, 'ann', 1, entry('a1'))
  assert.deepEqual([mark('ann'), mark('eve')], [0, undefined])
  room.settle()
  assert.deepEqual([mark('ann'), mark('eve')], [1, undefined])
  room.restart()
  assert.deepEqual([mark('ann'), mark('eve')], [1, undefined])
  room.restart({ bytes: room.sequencer.checkpoint(), batches: 1 })
  assert.deepEqual([mark('ann'), mark('eve')], [1, undefined])
})

test('S9: a seal stays with the entry that it seals, and is not of the void in its place', () => {
  const room = new StoredRoom()
  const seal = new Uint8Array([1, 2])
  room.append(1, 'ann', 1, { ...entry('a1'), seal }, { ...kind(9), seal }, entry('a3'))
  room.settle()
  assert.deepEqual(
    room.records().map((record) => record.seal),
    [seal, undefined, undefined],
  )
})

test('S2, S9: after a restart an update whose body could be a void’s is acked, and not refused', () => {
  const room = new StoredRoom()
  const refusal = encodeVoid({ hash: entry('x').hash, code: 'too-large' })
  const update = appended(refusal.with(0, 0))
  room.append(1, 'ann', 1, update)
  room.settle()
  room.restart()
  assert.deepEqual(room.append(2, 'ann', 1, update), [{ type: 'acked', from: 2, through: 1 }])
})
