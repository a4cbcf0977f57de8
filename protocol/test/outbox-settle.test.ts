import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeVoid } from '../batch-codec.ts'
import type { EntryHash } from '../ids.ts'
import type { RejectedRow } from '../outbox-types.ts'
import { authorNamed, updateBytes } from './support/entries.ts'
import { EPOCH, OutboxBench } from './support/outbox-bench.ts'

const P1 = authorNamed('p1')

const withThree = (): OutboxBench => {
  const bench = new OutboxBench()
  for (const [at, text] of ['a', 'b', 'c'].entries()) bench.write(text, at + 1)
  bench.settleDisk()
  return bench
}

test('O4: a row leaves the disk in the transaction that puts its record’s batch there', () => {
  const bench = withThree()
  const effects = bench.recorded('p1', 1)
  assert.deepEqual(
    effects.find(({ type }) => type === 'settled'),
    {
      type: 'settled',
      key: { author: P1, seq: 1 },
      tag: 1,
      offset: 1,
      epoch: EPOCH,
      ackMs: undefined,
    },
  )
  const { dropRows, putBatches, putRows } = bench.changes.at(-1)!
  assert.deepEqual(dropRows, [{ author: P1, seq: 1 }])
  assert.deepEqual(
    putBatches.map(({ first }) => first),
    [1],
  )
  assert.deepEqual(putRows, [])
  assert.deepEqual(bench.onDisk(), ['p1/1 a', 'p1/2 b', 'p1/3 c'])
  bench.persisted()
  assert.deepEqual(bench.onDisk(), ['p1/2 b', 'p1/3 c'])
})

test('O4: what a failed transaction was to do is done with the next, batches in their order', () => {
  const bench = withThree()
  bench.recorded('p1', 1)
  bench.recorded('p1', 2)
  bench.persistFailed()
  bench.now = 500
  bench.do({ type: 'time' })
  const { dropRows, putBatches } = bench.changes.at(-1)!
  assert.deepEqual(new Set(dropRows.map(({ seq }) => seq)), new Set([1, 2]))
  assert.deepEqual(
    putBatches.map(({ bytes }) => bytes[0]),
    [1, 2],
  )
  bench.persisted()
  assert.deepEqual(bench.onDisk(), ['p1/3 c'])
})

test('O4: rows that the relay says are settled leave when the cursor is there, without an offset', () => {
  const bench = withThree()
  const effects = bench.do({ type: 'covered', author: P1, through: 2 })
  assert.deepEqual(
    effects.filter(({ type }) => type === 'settled'),
    [1, 2].map((tag) => ({
      type: 'settled',
      key: { author: P1, seq: tag },
      tag,
      offset: undefined,
      epoch: undefined,
      ackMs: undefined,
    })),
  )
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), ['p1/3 c'])
})

test('O4: an ack alone settles nothing on disk: the row stays until this page has its record', () => {
  const bench = withThree()
  bench.do({ type: 'acked', author: P1, through: 3 })
  bench.settleDisk()
  assert.equal(bench.onDisk().length, 3)
  assert.deepEqual(
    [...bench.outbox.rows()].map(({ isAcked }) => isAcked),
    [true, true, true],
  )
})

test('O4: a row that is settled before it was on disk never gets there', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.persistFailed()
  bench.recorded('p1', 1)
  bench.now = 500
  bench.do({ type: 'time' })
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), [])
  assert.ok(bench.outbox.isEmpty && bench.outbox.isSettledOnDisk)
})

test('O4: a row that is settled while it is being written is deleted by the next transaction', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.recorded('p1', 1)
  bench.persisted()
  assert.deepEqual(bench.onDisk(), ['p1/1 a'])
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), [])
})

test('E5: `stored` is said when the transaction is complete, and not when it fails', () => {
  const bench = new OutboxBench()
  bench.write('a', 5)
  assert.ok(!bench.effects.some(({ type }) => type === 'stored'))
  bench.persistFailed()
  assert.ok(!bench.effects.some(({ type }) => type === 'stored'))
  bench.now = 500
  bench.do({ type: 'time' })
  assert.deepEqual(bench.persisted(), [{ type: 'stored', tag: 5 }])
  bench.write('nobody waits for this one')
  assert.deepEqual(bench.persisted(), [])
})

for (const way of ['an answer', 'a void record'] as const) {
  test(`O10: an entry refused by ${way} moves to the kept list in the transaction that deletes it`, () => {
    const bench = withThree()
    const { row } = bench.outbox.get(P1, 2)!
    const effects =
      way === 'an answer'
        ? bench.do({ type: 'rejected', author: P1, seq: 2, code: 'too-large' })
        : bench.recorded('p1', 2, 'too-large')
    const refused: RejectedRow = { ...row, code: 'too-large' }
    assert.deepEqual(
      effects.find(({ type }) => type === 'refused'),
      {
        type: 'refused',
        tag: 2,
        row: refused,
      },
    )
    const { dropRows, putRejected } = bench.changes.at(-1)!
    assert.deepEqual(dropRows, [{ author: P1, seq: 2 }])
    assert.deepEqual(putRejected, [refused])
    assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/3 c'])
    assert.deepEqual(bench.do({ type: 'rejected', author: P1, seq: 2, code: 'too-large' }), [])
  })
}

test('O10: a refusal that the disk did not take is kept for the next transaction', () => {
  const bench = withThree()
  bench.do({ type: 'rejected', author: P1, seq: 1, code: 'malformed-entry' })
  bench.persistFailed()
  bench.now = 500
  bench.do({ type: 'time' })
  assert.deepEqual(
    bench.changes.at(-1)!.putRejected.map(({ seq }) => seq),
    [1],
  )
})

test('C4, O7: other bytes under a key of ours are told as forged, and the row stays', () => {
  const bench = withThree()
  const record = bench.record('p1', 2, updateBytes('not ours'))
  const effects = bench.do({ type: 'recorded', epoch: EPOCH, records: [record], batches: [] })
  assert.deepEqual(effects, [{ type: 'forged', key: { author: P1, seq: 2 } }])
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b', 'p1/3 c'])
})

test('E6: a record that was re-homed from a row of ours settles that row', () => {
  const bench = withThree()
  const record = bench.record('q1', 1, updateBytes('b', { author: P1, seq: 2 }), 9)
  const effects = bench.do({ type: 'recorded', epoch: EPOCH, records: [record], batches: [] })
  assert.deepEqual(
    effects.find(({ type }) => type === 'settled'),
    {
      type: 'settled',
      key: { author: P1, seq: 2 },
      tag: 2,
      offset: 9,
      epoch: EPOCH,
      ackMs: undefined,
    },
  )
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/3 c'])
})

test('O13: rows that two pages carry are settled in both by the same record', () => {
  const first = withThree()
  const second = new OutboxBench({}, 'q')
  second.do({ type: 'carried', rows: [...first.disk.values()], isOnDisk: true })
  second.do({ type: 'carried', rows: [...first.disk.values()], isOnDisk: true })
  assert.deepEqual(second.rows(), first.rows())
  assert.ok(!second.isWriting, 'they are on this disk already')
  for (const bench of [first, second]) {
    bench.recorded('p1', 1)
    assert.deepEqual(bench.changes.at(-1)!.dropRows, [{ author: P1, seq: 1 }])
    assert.deepEqual(bench.rows(), ['p1/2 b', 'p1/3 c'])
  }
})

test('O13: a row that is handed over again stays what it is here', () => {
  const bench = withThree()
  bench.do({ type: 'acked', author: P1, through: 1 })
  bench.do({ type: 'carried', rows: [...bench.disk.values()], isOnDisk: false })
  const held = [...bench.outbox.rows()].map(({ isAcked, isOurs, tag }) => [isAcked, isOurs, tag])
  assert.deepEqual(held, [
    [true, true, 1],
    [false, true, 2],
    [false, true, 3],
  ])
  assert.equal(bench.outbox.offDiskCount, 0)
})

test('P2: an entry of somebody else that was applied is put on this disk under its own key', () => {
  const first = withThree()
  const second = new OutboxBench({}, 'q')
  second.write('mine')
  second.settleDisk()
  second.do({ type: 'carried', rows: [...first.disk.values()], isOnDisk: false })
  second.write('later')
  second.settleDisk()
  const all = ['q1/1 mine', 'p1/1 a', 'p1/2 b', 'p1/3 c', 'q1/2 later']
  assert.deepEqual(second.rows(), all)
  assert.deepEqual([...second.disk.keys()].length, 5)
  const { row } = second.outbox.get(authorNamed('q1'), 2)!
  for (const held of first.outbox.rows()) assert.ok(row.order > held.row.order)
})

test('O10, S9: only a void says that an entry was refused: an update whose body could be one is settled', () => {
  const bench = new OutboxBench()
  const body = encodeVoid({ hash: '0'.repeat(32) as EntryHash, code: 'too-large' }).subarray(1)
  bench.do({ type: 'write', kind: 'update', body, wallMs: 0 })
  bench.settleDisk()
  const types = bench.recorded('p1', 1).map(({ type }) => type)
  assert.deepEqual(types, ['settled', 'persist'])
})
