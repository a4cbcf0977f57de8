import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8 } from 'lib0/string'
import { Unsettled } from '../unsettled.ts'
import { authorNamed } from './support/entries.ts'
import { EPOCH, OutboxBench } from './support/outbox-bench.ts'

const P1 = authorNamed('p1')

const standing = ({ outbox }: OutboxBench): object => {
  const { isEmpty, isSettledOnDisk, offDiskCount, canReachDisk } = outbox
  return { isEmpty, isSettledOnDisk, offDiskCount, canReachDisk }
}

test('O9: what is written, being written and kept is told apart, from the first draft to the last record', () => {
  const bench = new OutboxBench()
  const fine = { isEmpty: true, isSettledOnDisk: true, offDiskCount: 0, canReachDisk: true }
  assert.deepEqual(standing(bench), fine)
  bench.write('a')
  const writing = { ...fine, isEmpty: false, isSettledOnDisk: false, offDiskCount: 1 }
  assert.deepEqual(standing(bench), writing)
  bench.persisted()
  assert.deepEqual(standing(bench), { ...fine, isEmpty: false })
  bench.recorded('p1', 1)
  // The row is gone here and still on the disk.
  assert.deepEqual(standing(bench), { ...fine, isSettledOnDisk: false })
  bench.write('b')
  // A draft alone, which has no row yet.
  assert.deepEqual(standing(bench), { ...fine, isEmpty: false, isSettledOnDisk: false })
  bench.persisted()
  assert.deepEqual(standing(bench), writing)
  bench.persistFailed()
  // Nothing is in flight, but something is to be tried again.
  assert.deepEqual(standing(bench), { ...writing, canReachDisk: false })
})

test('O9: a row is on disk once its transaction is complete, and never where nothing is kept', () => {
  const isOnDisk = ({ outbox }: OutboxBench): boolean[] =>
    [...outbox.rows()].map((held) => outbox.isOnDisk(held))
  const bench = new OutboxBench()
  bench.write('a')
  assert.deepEqual(isOnDisk(bench), [false])
  bench.persisted()
  assert.deepEqual(isOnDisk(bench), [true])
  bench.write('b')
  assert.deepEqual(isOnDisk(bench), [true, false])
  bench.do({ type: 'storageLost' })
  assert.deepEqual(isOnDisk(bench), [false, false])
  const fleeting = new OutboxBench({ isDurable: false })
  fleeting.write('a')
  assert.deepEqual(isOnDisk(fleeting), [false])
})

test('E4: whoever walks the rows sees by a number that some left or moved, and not that some came', () => {
  const bench = new OutboxBench()
  const { outbox } = bench
  const changes = (work: () => void): boolean => {
    const before = outbox.moves
    work()
    return outbox.moves !== before
  }
  const writeThree = (): void => {
    for (const text of ['a', 'b', 'c']) {
      bench.write(text)
      bench.settleDisk()
    }
  }
  assert.ok(!changes(writeThree))
  assert.ok(!changes(() => bench.do({ type: 'acked', author: P1, through: 3 })))
  assert.ok(changes(() => bench.recorded('p1', 1)))
  assert.ok(changes(() => bench.do({ type: 'rehome', author: P1, above: 2 })))
  assert.ok(!changes(() => bench.do({ type: 'rehome', author: P1, above: 2 })), 'nothing was there')
  // And by no other number that one had before.
  assert.ok(
    changes(() => {
      bench.do({ type: 'rejected', author: P1, seq: 2, code: 'malformed-entry' })
      bench.do({ type: 'rehome', author: authorNamed('p2'), above: 0 })
    }),
  )
})

test('E4: drafts are one list that grows, and another one once these have their keys', () => {
  const bench = new OutboxBench()
  const { outbox } = bench
  const none = outbox.drafts()
  bench.do({ type: 'time' })
  assert.equal(outbox.drafts(), none)
  bench.write('a')
  assert.notEqual(outbox.drafts(), none, 'it has its key at once')
  const growing = outbox.drafts()
  bench.write('b')
  bench.write('c')
  assert.equal(outbox.drafts(), growing)
  assert.equal(growing.length, 2)
  bench.persisted()
  assert.notEqual(outbox.drafts(), growing)
})

test('O9: since when the oldest waits is right whatever order entries settle in, and however many did', () => {
  const unsettled = new Unsettled()
  const waiting: number[] = []
  const check = (): void => {
    assert.equal(unsettled.oldest, waiting.length === 0 ? undefined : Math.min(...waiting))
    assert.deepEqual([unsettled.count, unsettled.bytes], [waiting.length, 3 * waiting.length])
  }
  const come = (since: number): void => {
    unsettled.came(3, since)
    waiting.push(since)
    check()
  }
  const go = (at: number): void => {
    const [since] = waiting.splice(at, 1)
    unsettled.went(3, since!)
    check()
  }
  for (let n = 0; n < 3000; n++) {
    come(n)
    // Some come late, with a time at which others wait or waited, or between two.
    if (n % 7 === 0) come(n - 0.5)
    if (n % 11 === 0) come(n - 5)
    if (n > 20) go(n % 3 === 0 ? 0 : n % waiting.length)
  }
  while (waiting.length > 0) go(0)
  come(7)
})

test('O2, O3: a transaction that ends was begun: anything else is a mistake of ours', () => {
  for (const type of ['persisted', 'persistFailed'] as const) {
    const { outbox } = new OutboxBench()
    assert.throws(() => outbox.handle({ type }, 0), /broken invariant/)
  }
})

test('O8: what fails while it is off is told to nobody and kept nowhere', () => {
  const bench = new OutboxBench({ isDurable: false })
  bench.write('a', 1)
  bench.recorded('p1', 1)
  bench.do({ type: 'rejected', author: P1, seq: 2, code: 'malformed-entry' })
  assert.deepEqual(bench.changes, [])
  assert.deepEqual(standing(bench), {
    isEmpty: true,
    isSettledOnDisk: true,
    offDiskCount: 0,
    canReachDisk: false,
  })
})

test('C9: what was on its way to the disk before the new log was read brings nothing of the old one back', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.settleDisk()
  bench.recorded('p1', 1)
  assert.equal(bench.changes.at(-1)!.putBatches.length, 1)
  bench.do({ type: 'reset' })
  bench.do({ type: 'logRead' })
  bench.persistFailed()
  bench.now = 500
  bench.do({ type: 'time' })
  const change = bench.changes.at(-1)!
  assert.equal(change.forgetsLog, true)
  assert.deepEqual(change.putBatches, [])
})

test('C9: a failed transaction that forgot the old log forgets it when it is tried again', () => {
  const bench = new OutboxBench()
  bench.do({ type: 'reset' })
  bench.do({
    type: 'recorded',
    epoch: EPOCH,
    records: [],
    batches: [{ epoch: EPOCH, first: 1, last: 1, bytes: encodeUtf8('new') }],
  })
  bench.do({ type: 'logRead' })
  bench.persistFailed()
  bench.now = 500
  bench.do({ type: 'time' })
  const { forgetsLog, putBatches } = bench.changes.at(-1)!
  assert.deepEqual([forgetsLog, putBatches.length], [true, 1])
  bench.persisted()
  // The next log begins with nothing of this one.
  bench.do({ type: 'reset' })
  bench.do({ type: 'logRead' })
  const next = bench.changes.at(-1)!
  assert.deepEqual([next.dropRows, next.putBatches, next.forgetsLog], [[], [], true])
})
