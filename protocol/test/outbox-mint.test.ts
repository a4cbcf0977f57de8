import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeUtf8 } from 'lib0/string'
import { decodeEntry } from '../batch-codec.ts'
import { hashEntry } from '../hash.ts'
import { authorNamed } from './support/entries.ts'
import { OutboxBench } from './support/outbox-bench.ts'

test('O1: a producer is minted with the first entry, says its lock’s name, and serves the whole page load', () => {
  const bench = new OutboxBench()
  assert.deepEqual(bench.effects, [])
  bench.write('a')
  bench.persisted()
  bench.write('b')
  const minted = bench.effects.filter(({ type }) => type === 'minted')
  assert.deepEqual(minted, [{ type: 'minted', author: authorNamed('p1') }])
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b'])
})

test('O1: the producer of what is written next is known, and none is where a fresh one will be opened', () => {
  const bench = new OutboxBench()
  assert.equal(bench.outbox.author, undefined)
  bench.write('a')
  assert.equal(bench.outbox.author, authorNamed('p1'))
  bench.persistFailed()
  assert.equal(bench.outbox.author, undefined)
})

test('O1: rows found on disk are never continued: their producer is not this page’s', () => {
  const before = new OutboxBench({}, 'old')
  before.write('a')
  before.settleDisk()
  const bench = new OutboxBench()
  bench.do({ type: 'carried', rows: [...before.disk.values()], isOnDisk: true })
  bench.write('b')
  assert.deepEqual(bench.rows(), ['old1/1 a', 'p1/1 b'])
})

test('O2: a row’s bytes, author, seq and hash stay what they were, through failures, loss and settling', () => {
  const bench = new OutboxBench()
  bench.write('a')
  const [before] = bench.outbox.rows()
  const row = { ...before!.row, bytes: before!.row.bytes.slice() }
  bench.persistFailed()
  bench.do({ type: 'storageLost' })
  bench.do({ type: 'acked', author: row.author, through: 1 })
  bench.do({ type: 'unacked', author: row.author, above: 0 })
  bench.now = 10_000
  bench.do({ type: 'time' })
  bench.persisted()
  assert.deepEqual([...bench.disk.values()], [row])
  assert.equal(hashEntry(row.bytes), row.hash)
})

test('O2: every transaction carries all rows that are not on disk, in their order', () => {
  const bench = new OutboxBench()
  bench.write('a', 1)
  bench.write('b', 2)
  bench.write('c', 3)
  bench.persistFailed()
  bench.write('d')
  bench.now = 60_000
  bench.do({ type: 'time' })
  const texts = bench.changes.map(({ putRows }) => putRows.map(({ seq, author }) => [author, seq]))
  const [p1, p2] = [authorNamed('p1'), authorNamed('p2')]
  assert.deepEqual(texts, [
    [[p1, 1]],
    [
      [p1, 1],
      [p2, 1],
      [p2, 2],
      [p2, 3],
    ],
  ])
})

test('O2: whatever fails, no row is on disk without those before it', () => {
  const steps = fc.array(fc.constantFrom('write', 'persisted', 'failed', 'time', 'record'), {
    minLength: 10,
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const bench = new OutboxBench()
      const everOnDisk = new Set<string>()
      let written = 0
      for (const step of all) {
        bench.now += 1000
        if (step === 'write') bench.write(`w${++written}`)
        if (step === 'persisted' && bench.isWriting) bench.persisted()
        if (step === 'failed' && bench.isWriting) bench.persistFailed()
        if (step === 'time') bench.do({ type: 'time' })
        for (const key of bench.disk.keys()) everOnDisk.add(key)
        for (const key of everOnDisk) {
          const [author = '', seq = ''] = key.split('/')
          for (let n = 1; n < Number(seq); n++) assert.ok(everOnDisk.has(`${author}/${n}`), key)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('O3: what is written while a transaction is in flight is minted when it ends, updates merged', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.write('b')
  bench.write('c')
  assert.deepEqual(bench.rows(), ['p1/1 a'])
  assert.equal(bench.outbox.drafts().length, 2)
  bench.persisted()
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b+c'])
})

test('O3: events and tagged entries stay what they are, and nothing changes places', () => {
  const bench = new OutboxBench()
  bench.write('first')
  bench.write('a')
  bench.write('b')
  bench.do({ type: 'write', kind: 'event', body: encodeUtf8('e'), wallMs: 0 })
  bench.write('c')
  bench.write('d', 7)
  bench.write('e')
  bench.write('f')
  bench.persisted()
  const texts = ['first', 'a+b', 'e', 'c', 'd', 'e+f']
  assert.deepEqual(
    bench.rows(),
    texts.map((text, at) => `p1/${at + 1} ${text}`),
  )
})

test('O3: updates merge up to a size, and what cannot be merged stays apart', () => {
  const bench = new OutboxBench({ merge: (updates) => updates })
  bench.write('first')
  bench.write('a')
  bench.write('b')
  bench.persisted()
  assert.deepEqual(bench.rows().slice(1), ['p1/2 a', 'p1/3 b'])
  const small = new OutboxBench()
  small.write('first')
  for (const text of ['0123456789', '0123456789', 'x']) small.write(text)
  small.persisted()
  assert.deepEqual(small.rows().slice(1), ['p1/2 0123456789+0123456789', 'p1/3 x'])
})

test('O3: where nothing is kept, nothing is waited for', () => {
  const bench = new OutboxBench({ isDurable: false })
  bench.write('a')
  bench.write('b')
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b'])
  assert.deepEqual(bench.changes, [])
  assert.equal(bench.outbox.offDiskCount, 2)
  assert.ok(!bench.outbox.canReachDisk)
})

test('O8: after a failed transaction the producer is closed, and until one succeeds nothing waits for the disk', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.persistFailed()
  assert.ok(!bench.outbox.canReachDisk)
  bench.write('b')
  bench.write('c')
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p2/1 b', 'p2/2 c'])
  assert.equal(bench.outbox.offDiskCount, 3)
  bench.now = 500
  bench.do({ type: 'time' })
  assert.ok(bench.isWriting)
  bench.write('d')
  const all = ['p1/1 a', 'p2/1 b', 'p2/2 c', 'p2/3 d']
  assert.deepEqual(bench.rows(), all, 'not even for a transaction that may succeed')
  bench.persisted()
  assert.ok(bench.outbox.canReachDisk)
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), all)
})

test('O8: a disk that goes on failing closes the producer once', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.persistFailed()
  bench.write('b')
  bench.now = 500
  bench.do({ type: 'time' })
  bench.persistFailed()
  bench.write('c')
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p2/1 b', 'p2/2 c'])
})

test('O8, O15: a disk that fails is tried again later and later, and everything is written when it is back', () => {
  const bench = new OutboxBench()
  bench.write('a')
  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    bench.persistFailed()
    const at = bench.outbox.deadline()!
    waits.push(at - bench.now)
    bench.now = at - 1
    bench.do({ type: 'time' })
    assert.ok(!bench.isWriting)
    bench.now = at
    bench.do({ type: 'time' })
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  bench.persisted()
  assert.deepEqual(bench.onDisk(), ['p1/1 a'])
  assert.equal(bench.outbox.deadline(), undefined)
})

test('O15: a disk that lost what it had gets every row once more, also the ones that were in flight', () => {
  const bench = new OutboxBench()
  bench.write('a')
  bench.persisted()
  bench.write('b')
  bench.disk.clear()
  bench.do({ type: 'storageLost' })
  assert.equal(bench.outbox.offDiskCount, 2)
  // This one ends, but it was begun before the loss.
  bench.persisted()
  assert.equal(bench.outbox.offDiskCount, 2)
  bench.disk.clear()
  bench.settleDisk()
  assert.deepEqual(bench.onDisk(), ['p1/1 a', 'p1/2 b'])
})

test('E6: an entry that is offered again says the key that it had first', () => {
  const bench = new OutboxBench()
  const origin = { author: authorNamed('old1'), seq: 3 }
  bench.do({ type: 'write', kind: 'event', body: encodeUtf8('e'), origin, wallMs: 0 })
  assert.deepEqual(bench.rows(), ['p1/1 e was old1/3'])
  const [held] = bench.outbox.rows()
  assert.deepEqual(decodeEntry(held!.row.bytes), { kind: 'event', origin, body: encodeUtf8('e') })
})

test('O3: an update that follows no other is not merged: its bytes are the app’s', () => {
  const bench = new OutboxBench({ merge: () => [encodeUtf8('merged')] })
  bench.write('a')
  bench.write('b')
  bench.persisted()
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b'])
})

test('O3, E6: an update that is offered again under its first key is merged with no other', () => {
  const bench = new OutboxBench()
  const origin = { author: authorNamed('old1'), seq: 3 }
  bench.write('a')
  bench.write('b')
  bench.do({ type: 'write', kind: 'update', body: encodeUtf8('c'), origin, wallMs: 0 })
  bench.write('d')
  bench.write('e')
  bench.persisted()
  assert.deepEqual(bench.rows(), ['p1/1 a', 'p1/2 b', 'p1/3 c was old1/3', 'p1/4 d+e'])
})
