import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8 } from 'lib0/string'
import { decodeBatch } from '../batch-codec.ts'
import type { CodeOf } from '../batch-codec.ts'
import type { Batch, LogRecord } from '../batch.ts'
import { emptyChain } from '../hash.ts'
import type { Author, Chain, Epoch } from '../ids.ts'
import { ownRecords } from '../repair-run.ts'
import type { KeptRun } from '../repair-run.ts'
import type { SequencerEffect } from '../sequencer-types.ts'
import { ROOM, appended, authorNamed, entry, eventBytes } from './support/entries.ts'
import { OPTIONS, StoredRoom, brief, recordsOf, textOf } from './support/stored-room.ts'

const TURNED = '7'.repeat(32) as Epoch
const codeOf: CodeOf = (epoch, offset, chain) =>
  encodeUtf8(`${epoch.slice(0, 2)} ${offset} ${chain.slice(0, 8)}`)

const batchOf = (bytes: Uint8Array): Batch => {
  const batch = decodeBatch(bytes)
  assert.ok(typeof batch !== 'string')
  return batch
}

const turn = (room: StoredRoom, epoch = TURNED): void => {
  const author = 'f'.repeat(32) as Author
  const effects = room.sequencer.handle({ type: 'turn', epoch, author, atMs: 9 }, 0)
  const [commit] = effects
  assert.ok(commit?.type === 'commit')
  room.stored.push(commit.bytes)
  room.sequencer.handle({ type: 'committed' }, 0)
}

const restore = (room: StoredRoom, records: readonly LogRecord[]): readonly SequencerEffect[] =>
  room.sequencer.handle({ type: 'restore', records, atMs: 5 }, 0)

/** Ann and Bob in six batches, an event and a refused entry among what they wrote. */
const whole = (): StoredRoom => {
  const room = new StoredRoom({ codeOf })
  for (let n = 1; n <= 3; n++) {
    room.append(1, 'ann', n, n === 2 ? entry('x'.repeat(200)) : entry(`a${n}`))
    room.settle()
    room.append(2, 'bob', n, n === 2 ? appended(eventBytes('e')) : entry(`b${n}`))
    room.settle()
  }
  return room
}

/** The same as a backup from after its first batches. */
const backup = (of: StoredRoom, batches: number): StoredRoom => {
  const room = new StoredRoom({ codeOf })
  room.stored.push(...of.stored.slice(0, batches))
  room.restart()
  return room
}

test('S14: each batch carries the code of its epoch, its end and its chain value', () => {
  for (const bytes of whole().stored) {
    const { code, last, chainAfter } = batchOf(bytes)
    assert.deepEqual(code, codeOf(OPTIONS.freshEpoch, last, chainAfter))
  }
  assert.equal(batchOf(new StoredRoom().stored[0] ?? oneBatch()).code.length, 0)
})

const oneBatch = (): Uint8Array => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a'))
  room.settle()
  return room.stored[0]!
}

test('S15: a log goes on under a new epoch with a batch that says so, and is loaded to that state again', () => {
  const room = whole()
  const { head, chain } = room.sequencer
  turn(room)
  assert.equal(room.sequencer.epoch, TURNED)
  assert.equal(room.sequencer.head, head + 1)
  const batch = batchOf(room.stored.at(-1)!)
  assert.equal(batch.epoch, TURNED)
  assert.deepEqual(
    batch.records.map(({ entry: { kind, body } }) => [kind, body.length]),
    [['turn', 0]],
  )
  assert.deepEqual(batch.code, codeOf(TURNED, head + 1, batch.chainAfter))
  assert.notEqual(batch.chainAfter, chain)
  room.append(1, 'ann', 4, entry('a4'))
  room.settle()
  const next = batchOf(room.stored.at(-1)!)
  assert.equal(next.epoch, undefined)
  assert.deepEqual(next.code, codeOf(TURNED, head + 2, next.chainAfter))
  const state = room.sequencer.checkpoint()
  room.restart()
  assert.deepEqual(room.sequencer.checkpoint(), state)
})

test('S15: nobody but the relay turns a log', () => {
  const room = whole()
  assert.deepEqual(room.append(1, 'ann', 4, appended(new Uint8Array([30]))), [])
  assert.deepEqual(brief(room.settle())[0], {
    type: 'rejected',
    from: 1,
    seq: 4,
    code: 'unknown-kind',
  })
})

test('C12: records are taken back under their own keys, each once, in their order, and marks go on behind them', () => {
  const old = whole()
  const room = backup(old, 2)
  const records = old.stored.flatMap(recordsOf)
  assert.deepEqual(restore(room, records), [{ type: 'restoring', taken: 4, left: 0 }])
  assert.equal(room.sequencer.pendingHead, 6)
  assert.deepEqual(brief(room.settle()), [])
  assert.deepEqual(
    room.records().map(({ author, user, seq, bytes }) => ({ author, user, seq, bytes })),
    records.map(({ author, user, seq, bytes }) => ({ author, user, seq, bytes })),
  )
  assert.deepEqual(restore(room, records), [{ type: 'restoring', taken: 0, left: 0 }])
  assert.equal(room.sequencer.durableMark(authorNamed('ann'), 'ann'), 3)
  // What was refused once is answered as before.
  assert.deepEqual(room.append(1, 'ann', 2, entry('x'.repeat(200))), [
    { type: 'rejected', from: 1, seq: 2, code: 'too-large' },
  ])
  assert.deepEqual(room.append(1, 'ann', 4, entry('a4')), [])
})

test('C12: what stands behind something that nobody has given back yet is left for later', () => {
  const old = whole()
  const room = backup(old, 2)
  const records = old.stored.flatMap(recordsOf)
  const late = records.filter(({ author, seq }) => author === authorNamed('ann') && seq === 3)
  assert.deepEqual(restore(room, late), [{ type: 'restoring', taken: 0, left: 1 }])
  const before = records.filter(({ author, seq }) => author === authorNamed('ann') && seq === 2)
  assert.deepEqual(restore(room, before), [{ type: 'restoring', taken: 1, left: 0 }])
  assert.deepEqual(restore(room, late), [{ type: 'restoring', taken: 1, left: 0 }])
})

test('C12: an author that another user writes under by now, and a turn, are not taken back', () => {
  const old = whole()
  turn(old)
  const room = new StoredRoom({ codeOf })
  const records = old.stored.flatMap(recordsOf).map((each) => ({ ...each, user: 'eve' }))
  room.append(1, 'ann', 1, entry('a1'))
  room.settle()
  const ofAnn = records.filter(({ author }) => author === authorNamed('ann'))
  assert.deepEqual(restore(room, ofAnn), [{ type: 'restoring', taken: 0, left: 2 }])
  assert.deepEqual(restore(room, records.slice(-1)), [{ type: 'restoring', taken: 0, left: 0 }])
})

const runOf = (room: StoredRoom, from = 0): KeptRun => {
  const before = from === 0 ? emptyChain(ROOM) : batchOf(room.stored[from - 1]!).chainAfter
  return { epoch: OPTIONS.freshEpoch, before, batches: room.stored.slice(from) }
}

test('S14: a run is believed from any place in the log, over turns as well', () => {
  const room = whole()
  turn(room)
  room.append(1, 'ann', 4, entry('a4'))
  room.settle()
  for (const from of [0, 1, 5, 6]) {
    const { records, foreign } = ownRecords(runOf(room, from), codeOf)
    assert.equal(foreign, 0, `from batch ${from}`)
    assert.equal(records.length, room.stored.length - from)
  }
  // Behind the turn its epoch is no longer that of the batches.
  assert.equal(ownRecords(runOf(room, 7), codeOf).foreign, 1)
  assert.equal(ownRecords({ ...runOf(room, 7), epoch: TURNED }, codeOf).foreign, 0)
})

test('S14: a batch that was changed, left out, moved, or written by somebody else ends what is believed of a run', () => {
  const room = whole()
  const run = runOf(room)
  const forged = room.stored[2]!.slice()
  forged[forged.length - 1]! ^= 1
  const changed = room.stored[2]!.slice()
  changed[20]! ^= 1
  const others = whole()
  const theirs: CodeOf = () => encodeUtf8('code of another')
  const runs: Record<string, readonly Uint8Array[]> = {
    forged: run.batches.with(2, forged),
    changed: run.batches.with(2, changed),
    cut: run.batches.with(2, room.stored[2]!.subarray(0, 30)),
    'left out': run.batches.toSpliced(2, 1),
    moved: run.batches.toSpliced(2, 2, run.batches[3]!, run.batches[2]!),
  }
  for (const [name, batches] of Object.entries(runs)) {
    const { records, foreign } = ownRecords({ ...run, batches }, codeOf)
    assert.deepEqual(
      records.map(({ offset }) => offset),
      [1, 2],
      name,
    )
    assert.equal(foreign, batches.length - 2, name)
  }
  assert.equal(ownRecords(runOf(others), theirs).foreign, 6)
  assert.equal(ownRecords({ ...run, before: '0'.repeat(32) as Chain }, codeOf).foreign, 6)
  const plain = new StoredRoom()
  plain.append(1, 'ann', 1, entry('a'))
  plain.settle()
  assert.equal(ownRecords(runOf(plain), () => new Uint8Array()).foreign, 1, 'no code is none')
  assert.deepEqual(textOf(room.records()[0]!), 'a1')
})
