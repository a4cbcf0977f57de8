import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MIN_BATCH_BYTES, encodeBatch } from '../batch-codec.ts'
import { encodeFrame } from '../codec.ts'
import { ROOM, authorNamed, entry, updateBytes } from './support/entries.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { ROOM_NUMBER, SessionBench } from './support/session-bench.ts'

/** Live, with a log of some batches that it has applied. */
const liveWith = (...batches: readonly string[][]): SessionBench => {
  const bench = new SessionBench().open().live()
  for (const texts of batches) bench.records(bench.batch(...texts))
  return bench
}

test('C1: a join shows the whole cursor, and an empty one shows nothing', () => {
  const fresh = new SessionBench().open().greet()
  assert.deepEqual(fresh.last('join'), {
    type: 'join',
    ref: fresh.ref,
    name: ROOM,
    epoch: undefined,
    after: 0,
    chain: undefined,
    proof: undefined,
  })
  const bench = liveWith(['a'], ['b', 'c'])
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet()
  const { epoch, after, chain } = bench.last('join')
  assert.deepEqual(
    { epoch, after, chain },
    { epoch: EPOCH, after: 3, chain: bench.log.at(-1)!.chain },
  )
  assert.deepEqual(bench.last('pull').after, 3)
})

test('C2: a client pulls page after page until one ends at the head, and is live then', () => {
  const bench = new SessionBench().open().greet().welcome()
  const batches = [bench.batch('a'), bench.batch('b'), bench.batch('c')]
  bench.joined(3)
  assert.equal(bench.link.phase.type, 'catching-up')
  for (const [at, bytes] of batches.entries()) {
    assert.deepEqual(bench.last('pull').after, at)
    bench.records(bytes)
    bench.page(at + 1, 3)
  }
  assert.equal(bench.link.phase.type, 'live')
  assert.deepEqual(bench.applied(), [1, 2, 3])
  assert.equal(bench.roomEffects('caughtUp').length, 1)
})

test('C3: what a client has is dropped and counted', () => {
  const bench = liveWith(['a', 'b'], ['c'])
  bench.records(bench.log[0]!.bytes, bench.log[1]!.bytes)
  assert.deepEqual(bench.records(bench.log[1]!.bytes), [], 'nothing to apply, nothing to say')
  assert.deepEqual(bench.applied(), [1, 2, 3])
  assert.equal(bench.link.counters.duplicatesDropped, 4)
})

test('C3: what is missing is pulled and counted, and nothing behind it is applied before', () => {
  const bench = liveWith(['a'])
  const [second, third, fourth] = [bench.batch('b'), bench.batch('c'), bench.batch('d')]
  bench.records(third)
  bench.records(fourth)
  assert.deepEqual(bench.applied(), [1])
  assert.equal(bench.link.counters.gapsHealed, 1)
  const { after } = bench.last('pull')
  assert.equal(after, 1)
  bench.records(second, third, fourth)
  bench.page()
  assert.deepEqual(bench.applied(), [1, 2, 3, 4])
  assert.equal(bench.link.phase.type, 'live')
  assert.equal(bench.roomEffects('caughtUp').length, 1, 'it never was anything else')
  // The next hole is pulled like the first one.
  bench.batch('lost')
  bench.records(bench.batch('f'))
  assert.equal(bench.link.counters.gapsHealed, 2)
  assert.equal(bench.last('pull').after, 4)
})

test('C2: a page that knows a newer head than the join is not the last one', () => {
  const bench = new SessionBench().open().greet().welcome()
  bench.joined(1)
  bench.records(bench.batch('a'))
  bench.page(1, 3)
  assert.equal(bench.link.head, 3)
  assert.equal(bench.link.phase.type, 'catching-up')
  assert.equal(bench.last('pull').after, 1)
  // Nor does one that was late make the head an older one.
  bench.page(1, 1)
  assert.equal(bench.link.head, 3)
})

test('C3: however batches are repeated, left out and mixed, offsets are applied 1, 2, 3 …', () => {
  const order = fc.array(fc.nat(7), { maxLength: 40 })
  fc.assert(
    fc.property(order, (all) => {
      const bench = new SessionBench().open().live()
      const batches = Array.from({ length: 8 }, (_, at) => bench.batch(`x${at}`, `y${at}`))
      for (const at of all) bench.records(batches[at]!)
      const applied = bench.applied()
      assert.deepEqual(
        applied,
        applied.map((_, at) => at + 1),
      )
      bench.records(...batches)
      assert.equal(bench.applied().length, 16)
      assert.equal(bench.session.phase.type, 'live')
    }),
    { numRuns: 150 },
  )
})

for (const [what, damage] of [
  ['one changed bit', (bytes: Uint8Array) => bytes.with(bytes.length - 30, bytes.at(-30)! ^ 1)],
  ['another chain value', (bytes: Uint8Array) => bytes.with(-2, bytes.at(-2)! ^ 1)],
] as const) {
  test(`C4: a batch with ${what} ends the connection and is not applied; what stood before it is`, () => {
    const bench = liveWith(['a'])
    const [second, third] = [bench.batch('b'), bench.batch('c is a text of some length')]
    const effects = bench.records(second, damage(third))
    assert.deepEqual(bench.applied(), [1, 2])
    assert.equal(bench.session.phase.type, 'waiting')
    const end = effects.find(({ type }) => type === 'disconnect')
    assert.ok(end?.type === 'disconnect')
    assert.match(end.reason, /broken-chain|malformed-frame/)
  })
}

test('C4, O7: other bytes under keys of our own are a fork: what is ours gets new keys, once', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.records(
    bench.batchOf([
      { name: 'p1', seq: 1, bytes: updateBytes('a') },
      { name: 'p1', seq: 2, bytes: updateBytes('not b') },
      { name: 'p1', seq: 3, bytes: updateBytes('not c') },
    ]),
  )
  assert.equal(bench.link.counters.rehomed, 2)
  assert.equal(bench.link.counters.settled, 1)
  assert.deepEqual(bench.roomEffects('requestLock'), [])
  assert.deepEqual(
    [...bench.link.outbox.rows()].map(({ row }) => row.seq),
    [1, 2],
  )
})

test('C5: `received` is sent once for what came together, behind applying it, and is cumulative', () => {
  const bench = new SessionBench().open().live()
  const before = bench.effects.length
  bench.records(bench.batch('a'), bench.batch('b', 'c'))
  const types = bench.effects
    .slice(before)
    .map((effect) => (effect.type === 'room' ? effect.effect.type : effect.type))
  assert.ok(types.indexOf('apply') < types.indexOf('send'))
  assert.deepEqual(bench.all('received'), [{ type: 'received', ref: bench.ref, through: 3 }])
  assert.equal(bench.link.counters.applied, 3)
})

test('C5: `received` is sent at once, then when nothing came for a second, and the last one is not lost', () => {
  const bench = new SessionBench().open().live()
  bench.records(bench.batch('a'))
  bench.records(bench.batch('b'))
  bench.at(bench.now + 600)
  bench.records(bench.batch('c'))
  const told = (): number[] => bench.all('received').map(({ through }) => through)
  assert.deepEqual(told(), [1])
  bench.at(bench.now + 999)
  assert.deepEqual(told(), [1])
  bench.at(bench.now + 1)
  assert.deepEqual(told(), [1, 3])
  bench.at(bench.now + 1000)
  assert.deepEqual(told(), [1, 3])
  bench.records(bench.batch('d'))
  bench.records(bench.batch('e'))
  assert.deepEqual(told(), [1, 3, 4])
  bench.do({ type: 'room', room: ROOM, input: { type: 'ask' } })
  assert.deepEqual(told(), [1, 3, 4, 5], 'who asks tells it first')
  const sent = bench.sent.map(({ type }) => type)
  assert.ok(sent.lastIndexOf('received') < sent.lastIndexOf('ask'))
})

test('C5: what was read apart from the relay is confirmed once the room is joined', () => {
  const bench = liveWith(['a'])
  const [epoch, lost] = [EPOCH, bench.batch('b')]
  bench.close()
  bench.tell({ type: 'handed', epoch, batches: [lost] })
  assert.equal(bench.link.cursor.offset, 2)
  bench.at(bench.now + 1000)
  bench.live()
  assert.deepEqual(bench.all('received'), [
    { type: 'received', ref: 1, through: 1 },
    { type: 'received', ref: bench.ref, through: 2 },
  ])
})

test('O4: what goes to the disk of a batch is a copy, whatever becomes of the message', () => {
  const bench = new SessionBench().open().live()
  const batch = bench.batch('a')
  const bytes = encodeFrame({ type: 'records', room: ROOM_NUMBER, batches: [batch] })
  bench.do({ type: 'message', generation: bench.generation, bytes })
  bytes.fill(0)
  const kept = bench.roomEffects('persist').flatMap(({ change }) => change.putBatches)
  assert.deepEqual(kept, [{ epoch: EPOCH, first: 1, last: 1, bytes: batch }])
})

test('C6: a pulse that knows a newer head makes an idle room pull', () => {
  const bench = liveWith(['a'])
  const lost = bench.batch('b')
  const pulls = bench.all('pull').length
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [{ room: ROOM_NUMBER, head: 2 }] })
  assert.equal(bench.all('pull').length, pulls + 1)
  assert.equal(bench.link.head, 2)
  bench.records(lost)
  bench.page()
  bench.hear({ type: 'pulse', n: 2, rttMs: 1, heads: [{ room: ROOM_NUMBER, head: 2 }] })
  assert.equal(bench.all('pull').length, pulls + 1)
})

test('C6: a beat says the highest seq sent of producers that are unsettled, and only of those', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b')
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [] })
  assert.deepEqual(bench.last('beat').sent, [{ producer: bench.producer, seq: 2 }])
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'acked', through: 2, head: 2 })
  bench.hear({ type: 'pulse', n: 2, rttMs: 1, heads: [] })
  assert.deepEqual(bench.last('beat').sent, [])
})

test('C6: a last append that was lost in an idle room is sent again when the relay says the gap', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.deepEqual(bench.appends(), ['1+1'])
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [] })
  bench.hearOf({ type: 'gap', through: 0 })
  assert.deepEqual(bench.appends(), ['1+1', '1+1'])
})

test('C9: a reset begins the new log at its start, and says so once', () => {
  const bench = liveWith(['a'], ['b'])
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.log.length = 0
  bench.hearOf({ type: 'reset', why: 'unknown-epoch' })
  assert.equal(bench.roomEffects('reset').length, 1)
  const { after, epoch, chain } = bench.last('join')
  assert.deepEqual([after, epoch, chain], [0, undefined, undefined])
  const epochAfter = 'd'.repeat(32) as typeof EPOCH
  const { ref } = bench
  bench.hear({ type: 'joined', ref, room: ROOM_NUMBER, epoch: epochAfter, head: 0, mayWrite: true })
  bench.page()
  assert.equal(bench.link.phase.type, 'live')
  assert.equal(bench.link.cursor.offset, 0)
  assert.equal(bench.link.counters.resets, 1)
})

test('C9: after a reset acked entries are unsettled; above the new log’s mark they get new keys', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'acked', through: 3, head: 3 })
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.hearOf({ type: 'reset', why: 'chain-differs' })
  assert.ok([...bench.link.outbox.rows()].every(({ isAcked }) => !isAcked))
  const appendsBefore = bench.appends().length
  bench.joined(1)
  // Until the new log's mark is known nothing of the old producer is sent.
  assert.equal(bench.appends().length, appendsBefore)
  bench.hearOf({ type: 'opened', through: 1, head: 1 })
  const rows = [...bench.link.outbox.rows()].map(({ row }) => row.seq)
  assert.deepEqual(rows, [1, 1, 2], 'the first is covered, the others moved')
  assert.equal(bench.link.counters.rehomed, 2)
  assert.deepEqual(bench.appends().slice(appendsBefore), ['1+2'])
})

test('W4: frames of a room or producer that was left change nothing', () => {
  const bench = new SessionBench().open().live()
  const { ref } = bench
  bench.hearOf({ type: 'parted', code: 'room-fell-back', retryAfterMs: 5000, reason: '' })
  const late = bench.batch('a')
  assert.deepEqual(bench.records(late), [])
  assert.deepEqual(bench.hear({ type: 'page', ref, through: 1, head: 1 }), [])
  assert.deepEqual(bench.hear({ type: 'acked', producer: 99, through: 1, head: 1 }), [])
  assert.deepEqual(bench.applied(), [])
})

test('W18: without write nothing is sent, and the room says why; with it again everything goes', () => {
  const bench = new SessionBench().open().greet().welcome()
  bench.joined(0, false)
  bench.page()
  bench.write('a')
  assert.deepEqual(bench.appends(), [])
  assert.equal(bench.link.trouble, 'read-only')
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  assert.equal(bench.link.trouble, undefined)
  assert.deepEqual(bench.appends(), ['1+1'])
})

test('C4: bytes that are no batch end the connection as malformed, behind what stood before them', () => {
  const bench = liveWith(['a'])
  const second = bench.batch('b')
  const effects = bench.records(second, new Uint8Array(MIN_BATCH_BYTES).fill(0xff), second)
  assert.deepEqual(bench.applied(), [1, 2])
  assert.ok(effects.some((each) => each.type === 'disconnect' && each.reason === 'malformed-frame'))
})

test('C3: a batch that begins before the cursor and ends behind it is not applied, whatever chain it has', () => {
  const bench = liveWith(['a', 'b'])
  const records = ['b', 'c'].map((text, at) => {
    return { author: authorNamed('other'), user: 'u', seq: at + 2, ...entry(text) }
  })
  const { chain } = bench.link.cursor
  const { bytes } = encodeBatch({ first: 2, atMs: 1, epoch: undefined, records }, chain)
  bench.records(bytes)
  assert.deepEqual(bench.applied(), [1, 2])
  assert.equal(bench.session.lastCause, 'broken-chain')
})
