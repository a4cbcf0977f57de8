import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashEntry } from '../hash.ts'
import type { Author } from '../ids.ts'
import type { OutboxRow } from '../outbox-types.ts'
import { sealedBytes } from '../seal.ts'
import { ROOM, authorNamed, updateBytes } from './support/entries.ts'
import { ed25519, pairNamed } from './support/ed25519.ts'
import { OutboxBench } from './support/outbox-bench.ts'
import { SessionBench } from './support/session-bench.ts'

const bob = pairNamed('bob')
const PASS = new Uint8Array([1, 2, 3])

/** An entry of bob's, as a page of ann's keeps it. */
const carried = (seq: number, text: string, more: Partial<OutboxRow> = {}): OutboxRow => {
  const bytes = updateBytes(text)
  const sealing = { room: ROOM, author: bob.author, seq, user: 'bob', bytes }
  const seal = ed25519.sign(bob.seed, sealedBytes(sealing))
  return {
    author: bob.author,
    seq,
    order: seq,
    user: 'ann',
    proof: undefined,
    sealed: { key: bob.key, user: 'bob', seal, pass: PASS },
    bytes,
    hash: hashEntry(bytes),
    mintedAtMs: 0,
    ...more,
  }
}

const carry = (bench: SessionBench, ...rows: readonly OutboxRow[]): SessionBench => {
  bench.tell({ type: 'carried', rows, isOnDisk: true })
  return bench
}

const handleOf = (bench: SessionBench): number => bench.last('carry').producer

const seqsOf = (bench: SessionBench, author: Author = bob.author): number[] =>
  [...bench.link.outbox.rows()].flatMap(({ row }) => (row.author === author ? [row.seq] : []))

const codesOf = (bench: SessionBench): string[] =>
  bench.roomEffects('refused').map(({ row }) => `${row.seq} ${row.code}`)

/** Behind a live page that has carried three entries. */
const carrier = (): SessionBench => {
  const bench = carry(
    new SessionBench().open().live(),
    carried(1, 'a'),
    carried(2, 'b'),
    carried(3, 'c'),
  )
  bench.hear({ type: 'opened', producer: handleOf(bench), through: 0, head: 0 })
  return bench
}

test('K3, K10: who has no proof shows the key and the pass, and sends each entry with its seal', () => {
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'), carried(2, 'b'))
  const { key, user, pass, ref } = bench.last('carry')
  assert.deepEqual(
    { key, user, pass, ref },
    { key: bob.key, user: 'bob', pass: PASS, ref: bench.ref },
  )
  assert.deepEqual(bench.all('open'), [])
  const { producer, firstSeq, entries } = bench.last('append')
  assert.deepEqual([producer, firstSeq], [handleOf(bench), 1])
  for (const [at, { bytes, seal }] of entries.entries()) {
    const sealing = { room: ROOM, author: bob.author, seq: at + 1, user: 'bob', bytes }
    assert.ok(ed25519.verify(bob.key, sealedBytes(sealing), seal!))
  }
})

test('K2: who has the proof sends no seal, and what it wrote itself goes behind what it carries', () => {
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'))
  bench.write('own')
  const [first, second] = bench.all('append')
  assert.equal(first?.producer, handleOf(bench))
  assert.equal(second?.producer, bench.last('open').producer)
  assert.equal(second?.entries[0]?.seal, undefined)
})

test('K10: one row with the proof is enough to open the producer of the others', () => {
  const proof = bob.seed
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'), carried(2, 'b', { proof }))
  assert.deepEqual(bench.last('open').proof, proof)
  assert.deepEqual(bench.all('carry'), [])
})

test('K10: a row with the proof that comes later opens the producer anew', () => {
  const bench = carrier()
  carry(bench, carried(4, 'd', { proof: bob.seed, sealed: undefined }))
  assert.equal(bench.last('open').author, bob.author)
  const { producer, entries } = bench.last('append')
  assert.equal(producer, bench.last('open').producer)
  assert.equal(entries.at(-1)?.seal, undefined)
})

test('K10: behind a gap that no row fills a carried entry keeps its key and waits for its author', () => {
  const bench = carry(new SessionBench().open().live(), carried(5, 'e'))
  const before = bench.appends().length
  bench.hear({ type: 'opened', producer: handleOf(bench), through: 2, head: 0 })
  bench.hear({ type: 'gap', producer: handleOf(bench), through: 2 })
  assert.deepEqual(seqsOf(bench), [5])
  assert.equal(bench.link.counters.rehomed, 0)
  assert.equal(bench.appends().length, before, 'not again and again')
  assert.deepEqual(bench.roomEffects('requestLock'), [])
  assert.equal(bench.link.trouble, undefined, 'nothing is wrong here')
})

test('K10: what waited behind a gap is sent when what was missing has come', () => {
  const bench = carry(new SessionBench().open().live(), carried(2, 'b'))
  bench.hear({ type: 'opened', producer: handleOf(bench), through: 0, head: 0 })
  carry(bench, carried(1, 'a', { order: 1 }))
  bench.hear({ type: 'opened', producer: handleOf(bench), through: 0, head: 0 })
  assert.deepEqual(bench.all('carry').length, 2)
  const sent = bench.all('append').filter(({ producer }) => producer === handleOf(bench))
  assert.deepEqual(
    sent.map(({ firstSeq, entries }) => [firstSeq, entries.length]),
    [[1, 2]],
  )
})

test('R4: what was carried before, is in the log, and is handed over once more is sent once more, so that it is acked', () => {
  const bench = carrier()
  bench.hear({ type: 'acked', producer: handleOf(bench), through: 3, head: 0 })
  assert.deepEqual(seqsOf(bench), [], 'the relay has them')
  const before = bench.appends().length
  carry(bench, carried(3, 'c'))
  assert.equal(bench.appends().length, before + 1)
  assert.equal(bench.last('append').firstSeq, 3)
  bench.hear({ type: 'acked', producer: handleOf(bench), through: 3, head: 0 })
  assert.deepEqual(seqsOf(bench), [], 'nothing waits for ever')
})

test('K10: a lock that is granted does not make somebody else’s entry ours to move', () => {
  const bench = carry(new SessionBench().open().live(), carried(5, 'e'))
  bench.tell({ type: 'lockGranted', author: bob.author })
  bench.hear({ type: 'opened', producer: handleOf(bench), through: 2, head: 0 })
  assert.deepEqual(seqsOf(bench), [5])
})

test('K4, K10: an entry that the relay finds without its seal is set aside', () => {
  const bench = carrier()
  bench.hear({ type: 'rejected', producer: handleOf(bench), seq: 2, code: 'bad-seal' })
  assert.deepEqual(codesOf(bench), ['2 bad-seal'])
  assert.deepEqual(seqsOf(bench), [1, 3])
})

test('S2, K10: an entry of which the relay has other bytes is set aside, and those behind it go on', () => {
  const bench = carrier()
  const before = bench.appends().length
  bench.hear({ type: 'forked', producer: handleOf(bench), seq: 1 })
  assert.deepEqual(codesOf(bench), ['1 forked'])
  assert.deepEqual(bench.appends().slice(before), ['2+2'])
})

test('C4, K10: an entry whose key has other bytes in the log is set aside', () => {
  const bench = carrier()
  bench.records(bench.batch('x'))
  const bytes = updateBytes('forged')
  const parts = [{ name: 'bob', seq: 1, bytes }]
  // The bench names authors by secrets: carry one of those.
  const author = authorNamed('bob')
  carry(bench, carried(1, 'a', { author, order: 9 }))
  bench.records(bench.batchOf(parts))
  assert.deepEqual(codesOf(bench), ['1 forked'])
})

test('K6, K10: without a pass the entry waits, and the page is not said to be blocked', () => {
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'))
  bench.hear({ type: 'denied', producer: handleOf(bench), code: 'no-pass' })
  assert.deepEqual(seqsOf(bench), [1])
  assert.equal(bench.link.trouble, undefined)
  assert.equal(bench.link.outbox.carried.count, 1)
})

test('W18, K10: who may not write cannot carry either, and is told', () => {
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'))
  bench.hear({ type: 'denied', producer: handleOf(bench), code: 'read-only' })
  assert.equal(bench.link.trouble, 'read-only')
  assert.deepEqual(seqsOf(bench), [1])
})

test('S10, K10: what was sealed as another user’s than the author has is set aside', () => {
  const bench = carry(new SessionBench().open().live(), carried(1, 'a'), carried(2, 'b'))
  bench.hear({ type: 'denied', producer: handleOf(bench), code: 'foreign-author' })
  assert.deepEqual(codesOf(bench), ['1 foreign-author', '2 foreign-author'])
  assert.equal(bench.link.trouble, undefined)
})

test('O17, K10: a carried entry that waits in vain is set aside like one’s own', () => {
  const bench = carrier()
  for (const at of [0, 400, 310_000]) {
    bench.now = at
    bench.hear({ type: 'notYet', producer: handleOf(bench), seq: 1, retryAfterMs: 100 })
  }
  assert.deepEqual(codesOf(bench), ['1 missing-dependency'])
  assert.deepEqual(seqsOf(bench), [2, 3])
})

test('P2, K10: a carried entry goes to the disk as it came, and leaves it with its record', () => {
  const bench = new OutboxBench()
  const row = carried(1, 'a')
  bench.do({ type: 'carried', rows: [row], isOnDisk: false })
  bench.settleDisk()
  assert.deepEqual([...bench.disk.values()], [row])
  bench.do({ type: 'acked', author: bob.author, through: 1 })
  bench.do({ type: 'covered', author: bob.author, through: 1 })
  bench.settleDisk()
  assert.equal(bench.disk.size, 0)
})

test('W7, K10: a seal counts towards the size of a frame', () => {
  const bench = new SessionBench().open().live({ maxFrameBytes: 400 })
  carry(bench, ...[1, 2, 3, 4].map((seq) => carried(seq, 'x'.repeat(60))))
  assert.deepEqual(bench.appends(), ['1+2', '3+2'])
})

test('K6: the pass that the relay gives is told, with the name by which it knows the user', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  const pass = { user: 'Ann of accounts', code: new Uint8Array([7, 7]) }
  bench.hearOf({ type: 'opened', through: 0, head: 0, pass })
  const [passed] = bench.roomEffects('passed')
  const { user, code } = pass
  assert.deepEqual(passed, { type: 'passed', author: authorNamed('p1'), user, pass: code })
})
