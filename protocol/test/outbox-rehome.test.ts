import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEntry } from '../batch-codec.ts'
import { authorNamed } from './support/entries.ts'
import { OutboxBench } from './support/outbox-bench.ts'

const P1 = authorNamed('p1')

const withFour = (): OutboxBench => {
  const bench = new OutboxBench()
  for (const [at, text] of ['a', 'b', 'c', 'd'].entries()) bench.write(text, at + 1)
  bench.settleDisk()
  return bench
}

test('O7, E6: rows above the mark get keys of a fresh producer, and say the ones that they had', () => {
  const bench = withFour()
  const effects = bench.do({ type: 'rehome', author: P1, above: 2 })
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b', 'p2/1 c was p1/3', 'p2/2 d was p1/4'])
  assert.deepEqual(
    effects.map(({ type }) => type),
    ['minted', 'rehomed', 'persist'],
  )
})

test('O7: old keys end and new ones begin in one transaction', () => {
  const bench = withFour()
  bench.do({ type: 'rehome', author: P1, above: 2 })
  const { dropRows, putRows } = bench.changes.at(-1)!
  assert.deepEqual(dropRows, [
    { author: P1, seq: 3 },
    { author: P1, seq: 4 },
  ])
  assert.deepEqual(
    putRows.map(({ author, seq }) => [author, seq]),
    [
      [authorNamed('p2'), 1],
      [authorNamed('p2'), 2],
    ],
  )
  bench.persisted()
  assert.deepEqual(bench.onDisk(), bench.rows())
})

test('O7: the old place of the order is kept, in memory and on disk', () => {
  const bench = withFour()
  bench.do({ type: 'rehome', author: P1, above: 4 })
  bench.write('e')
  bench.settleDisk()
  bench.do({ type: 'rehome', author: P1, above: 1 })
  bench.settleDisk()
  const moved = ['p3/1 b was p1/2', 'p3/2 c was p1/3', 'p3/3 d was p1/4']
  assert.deepEqual(bench.rows(), ['p1/1 a', ...moved, 'p2/1 e'])
  assert.deepEqual(bench.onDisk(), bench.rows())
})

test('O7: the closed producer is used no more, and the fresh one only for what moved', () => {
  const bench = withFour()
  bench.do({ type: 'rehome', author: P1, above: 4 })
  bench.write('e')
  bench.settleDisk()
  assert.equal(bench.rows().at(-1), 'p2/1 e')
  bench.do({ type: 'rehome', author: P1, above: 0 })
  bench.write('f')
  bench.settleDisk()
  assert.deepEqual(bench.rows().slice(-2), ['p2/1 e', 'p2/2 f'])
})

test('O7, E6: what moves twice still says its first key', () => {
  const bench = withFour()
  bench.do({ type: 'rehome', author: P1, above: 3 })
  bench.do({ type: 'rehome', author: authorNamed('p2'), above: 0 })
  assert.equal(bench.rows().at(-1), 'p3/1 d was p1/4')
})

test('O7: the app still hears of what it wrote, under its tag', () => {
  const bench = withFour()
  bench.do({ type: 'rehome', author: P1, above: 3 })
  bench.settleDisk()
  const effects = bench.recorded('p2', 1)
  assert.deepEqual(
    effects.find(({ type }) => type === 'settled'),
    {
      type: 'settled',
      key: { author: authorNamed('p2'), seq: 1 },
      tag: 4,
      offset: 1,
      epoch: 'e'.repeat(32),
      ackMs: undefined,
    },
  )
})

test('O7: rows that move while they are being written end as one copy on disk', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.do({ type: 'rehome', author: P1, above: 0 })
  bench.persisted()
  assert.deepEqual(bench.onDisk(), ['p1/1 a'])
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), ['p2/1 a was p1/1'])
})

test('O7: bodies stay byte for byte what they were', () => {
  const bench = withFour()
  const body = (): unknown[] =>
    [...bench.outbox.rows()].map(({ row }) => {
      const entry = decodeEntry(row.bytes)
      return typeof entry === 'string' ? entry : entry.body
    })
  const before = body()
  bench.do({ type: 'rehome', author: P1, above: 0 })
  assert.deepEqual(body(), before)
})

test('C9: after a reset acked rows count as unsettled again, and a fresh producer is minted', () => {
  const bench = withFour()
  bench.do({ type: 'acked', author: P1, through: 4 })
  bench.do({ type: 'reset' })
  assert.ok([...bench.outbox.rows()].every(({ isAcked }) => !isAcked))
  bench.write('e')
  assert.equal(bench.rows().at(-1), 'p2/1 e')
})

test('C9: the old log and its rows stay on disk until the new one is read, and go in one transaction', () => {
  const bench = withFour()
  bench.do({ type: 'reset' })
  bench.recorded('p1', 1)
  assert.ok(!bench.isWriting, 'what the page has of the old log is nowhere else')
  bench.write('what the new log lacks')
  const { putRows, dropRows, putBatches, forgetsLog } = bench.changes.at(-1)!
  assert.deepEqual([putRows.length, dropRows, putBatches, forgetsLog], [1, [], [], false])
  bench.persisted()
  bench.do({ type: 'logRead' })
  const last = bench.changes.at(-1)!
  assert.equal(last.forgetsLog, true)
  assert.deepEqual(last.dropRows, [{ author: P1, seq: 1 }])
  assert.equal(last.putBatches.length, 1)
  bench.persisted()
  assert.deepEqual(bench.onDisk(), bench.rows())
  bench.do({ type: 'logRead' })
  assert.ok(!bench.isWriting, 'it is read once')
})

for (const order of ['before', 'after'] as const) {
  test(`C9: a row whose batch of the old log was not on disk ${order} the reset stays until the new log is read`, () => {
    const bench = withFour()
    bench.recorded('p1', 1)
    if (order === 'before') {
      bench.persistFailed()
      bench.do({ type: 'reset' })
    } else {
      bench.do({ type: 'reset' })
      bench.persistFailed()
    }
    const failed = bench.changes.length
    bench.now = 500
    bench.do({ type: 'time' })
    bench.settleDisk()
    assert.equal(bench.onDisk().length, 4)
    const batches = bench.changes.slice(failed).flatMap(({ putBatches }) => putBatches)
    assert.deepEqual(batches, [], 'no batch of the old log is written any more')
    bench.do({ type: 'logRead' })
    const change = bench.changes.at(-1)!
    assert.equal(change.forgetsLog, true)
    assert.deepEqual(change.putBatches, [])
    assert.deepEqual(change.dropRows, [{ author: P1, seq: 1 }])
  })
}

test('C9, O7: a row that moved and settled before its new key was on disk stays under the old one until the new log is read', () => {
  const bench = withFour()
  bench.do({ type: 'reset' })
  bench.write('on its way to the disk')
  bench.do({ type: 'rehome', author: P1, above: 3 })
  const [moved] = bench.rows().filter((row) => row.includes('was p1/4'))
  const [author, seq] = moved!.split(' ')[0]!.split('/') as [string, string]
  bench.recorded(author, Number(seq))
  bench.settleDisk()
  assert.ok(bench.onDisk().includes('p1/4 d'), 'nothing else on this disk has it')
  bench.do({ type: 'logRead' })
  const { dropRows, putBatches } = bench.changes.at(-1)!
  assert.equal(putBatches.length, 1)
  assert.ok(dropRows.some((row) => row.author === P1 && row.seq === 4))
})

test('C9: a log that begins anew while it is read begins anew', () => {
  const bench = withFour()
  bench.do({ type: 'reset' })
  bench.recorded('p1', 1)
  bench.do({ type: 'reset' })
  bench.recorded('p1', 2)
  bench.do({ type: 'logRead' })
  const { putBatches, dropRows } = bench.changes.at(-1)!
  assert.deepEqual(
    putBatches.map(({ bytes }) => bytes[0]),
    [2],
  )
  assert.deepEqual(
    dropRows.map(({ seq }) => seq),
    [1, 2],
  )
})

test('O7, O9: what was acked and moves is unsettled again', () => {
  const bench = withFour()
  bench.do({ type: 'acked', author: P1, through: 4 })
  assert.equal(bench.outbox.unsettledCount, 0)
  bench.do({ type: 'rehome', author: P1, above: 1 })
  assert.equal(bench.outbox.unsettledCount, 3)
})

test('O7: a row that is no entry is a mistake of ours, and gets no key', () => {
  const bench = withFour()
  const row = { ...bench.outbox.get(P1, 1)!.row, author: authorNamed('q1') }
  const damaged = { ...row, bytes: new Uint8Array([3]) }
  bench.do({ type: 'carried', rows: [damaged], isOnDisk: true })
  const rehome = { type: 'rehome', author: authorNamed('q1'), above: 0 } as const
  assert.throws(() => bench.outbox.handle(rehome, 0), /broken invariant/)
})
