import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REMEMBERED_HASHES } from '../limits.ts'
import { authorNamed, entry } from './support/entries.ts'
import { StoredRoom, brief, textOf } from './support/stored-room.ts'

test('S1: an author’s mark + 1 gets the next offset, and offsets are dense over all authors', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'), entry('a2'))
  room.append(2, 'bob', 1, entry('b1'))
  room.settle()
  room.append(1, 'ann', 3, entry('a3'))
  room.settle()
  assert.deepEqual(
    room.records().map((record) => [record.offset, record.seq, textOf(record)]),
    [
      [1, 1, 'a1'],
      [2, 2, 'a2'],
      [3, 1, 'b1'],
      [4, 3, 'a3'],
    ],
  )
})

test('S2: a durable key with the same hash is acked again and stored once', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'), entry('a2'))
  room.settle()
  const again = room.append(9, 'ann', 1, entry('a1'), entry('a2'))
  assert.deepEqual(again, [{ type: 'acked', from: 9, through: 2 }])
  room.settle()
  assert.equal(room.records().length, 2)
})

test('S2: a key that is queued or in flight is acked to everybody who sent it, when it is durable', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.flush()
  room.append(1, 'ann', 2, entry('a2'))
  assert.deepEqual(room.append(2, 'ann', 1, entry('a1'), entry('a2')), [])
  assert.deepEqual(room.append(2, 'ann', 1, entry('a1')), [])
  assert.deepEqual(brief(room.commit()), [
    { type: 'acked', from: 1, through: 1 },
    { type: 'acked', from: 2, through: 1 },
  ])
  assert.deepEqual(brief(room.commit()), [
    { type: 'acked', from: 1, through: 2 },
    { type: 'acked', from: 2, through: 2 },
  ])
  assert.equal(room.records().length, 2)
})

for (const state of ['queued', 'in flight', 'durable', 'replayed'] as const) {
  test(`S2: other bytes under a key that is ${state} are a fork: told, never stored, never acked`, () => {
    const room = new StoredRoom()
    room.append(1, 'ann', 1, entry('a1'), entry('a2'), entry('a3'))
    if (state !== 'queued') room.flush()
    if (state === 'durable' || state === 'replayed') room.settle()
    if (state === 'replayed') room.restart()
    const effects = room.append(2, 'ann', 1, entry('a1'), entry('other'), entry('a3'))
    assert.deepEqual(
      effects.find(({ type }) => type === 'forked'),
      { type: 'forked', from: 2, seq: 2 },
    )
    const toSecond = [...effects, ...room.settle()].filter(
      (effect) => 'from' in effect && effect.from === 2,
    )
    const acked = toSecond.filter((effect) => effect.type === 'acked')
    assert.deepEqual(acked, [{ type: 'acked', from: 2, through: 1 }], 'only what fits is acked')
    assert.deepEqual(room.records().map(textOf), ['a1', 'a2', 'a3'])
  })
}

test('S2: a fork is told before the ack of what stands before it', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'), entry('a2'))
  room.settle()
  const effects = room.append(2, 'ann', 1, entry('a1'), entry('other'))
  assert.deepEqual(
    effects.map(({ type }) => type),
    ['forked', 'acked'],
  )
})

test('S4: the mark that is told on opening is the durable one, and `gap` tells the taken one', () => {
  const room = new StoredRoom()
  const marks = (): (number | undefined)[] => [
    room.sequencer.durableMark(authorNamed('ann'), 'ann'),
    room.sequencer.pendingMark(authorNamed('ann')),
  ]
  assert.deepEqual(marks(), [0, 0])
  room.append(1, 'ann', 1, entry('a1'))
  assert.deepEqual(marks(), [0, 1])
  room.flush()
  assert.deepEqual(marks(), [0, 1])
  room.commit()
  assert.deepEqual(marks(), [1, 1])
  room.append(1, 'ann', 2, entry('a2'))
  room.flush()
  room.restart()
  assert.deepEqual(marks(), [1, 1])
})

test('S5: an entry beyond the mark + 1 is answered with the mark, and nothing behind it is taken', () => {
  const room = new StoredRoom()
  assert.deepEqual(room.append(1, 'ann', 2, entry('a2'), entry('a3')), [
    { type: 'gap', from: 1, through: 0 },
  ])
  room.append(1, 'ann', 1, entry('a1'))
  assert.deepEqual(room.append(1, 'ann', 3, entry('a3')), [{ type: 'gap', from: 1, through: 1 }])
  room.settle()
  assert.deepEqual(room.records().map(textOf), ['a1'])
})

test('S8: the latest 4,096 keys are compared by hash, and older ones below the mark are acked', () => {
  const room = new StoredRoom({ maxBatchBytes: 1_000_000 })
  const all = Array.from({ length: REMEMBERED_HASHES + 1 }, (_, at) => entry(`a${at + 1}`))
  room.append(1, 'ann', 1, ...all)
  room.settle()
  const check = (): void => {
    assert.deepEqual(room.append(2, 'ann', 1, entry('other')), [
      { type: 'acked', from: 2, through: 1 },
    ])
    assert.deepEqual(room.append(2, 'ann', 2, entry('other')), [
      { type: 'forked', from: 2, seq: 2 },
    ])
  }
  check()
  room.restart()
  check()
})

test('S8: what is not durable is compared by hash, however much there is of it', () => {
  const room = new StoredRoom({ maxBatchBytes: 100 })
  const all = Array.from({ length: REMEMBERED_HASHES + 50 }, (_, at) => entry(`a${at + 1}`))
  room.append(1, 'ann', 1, ...all)
  room.flush()
  assert.deepEqual(room.append(2, 'ann', 1, entry('other')), [{ type: 'forked', from: 2, seq: 1 }])
  room.commit()
  assert.deepEqual(room.append(2, 'ann', 1, entry('other')), [{ type: 'forked', from: 2, seq: 1 }])
})
