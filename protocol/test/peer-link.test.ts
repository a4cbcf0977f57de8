import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PEER_CHUNK_BYTES, PeerJoiner, cutPeerFrame } from '../peer-chunks.ts'
import { MAX_PEER_FRAME_BYTES, decodePeerFrame, encodePeerFrame } from '../peer-frame.ts'
import type { PeerBody, PeerScope } from '../peer-frame.ts'
import { FORSAKE_MS } from '../peer-link.ts'
import { MAX_PEER_LINKS, neighboursOf } from '../peer-ring.ts'
import { MAX_CARRIED_AUTHORS, MAX_PEER_ENTRIES } from '../peer-rows.ts'
import { PeerBench, SCOPE, handed, linkAll, receiptFor, talk } from './support/peer-bench.ts'

const STATE: PeerBody = { type: 'state', isLive: false, isFull: false, holds: [] }
const entriesOf = (...entries: ReturnType<typeof handed>[]): PeerBody => ({
  type: 'entries',
  before: [],
  entries,
})

/** A page with one peer, 9, that has said that it is there. */
const page = (): PeerBench => {
  const bench = new PeerBench(1)
  bench.do({ type: 'linked', peer: 9 })
  bench.hears(9, STATE)
  return bench
}

test('R2: what is encoded decodes to the same, and any bytes give a frame or why they are none', () => {
  const frames: PeerBody[] = [STATE, entriesOf(handed('bob', 1, 'x'))]
  frames.push({ type: 'receipts', receipts: [receiptFor(handed('bob', 1, 'x'))] })
  for (const body of frames) {
    const bytes = encodePeerFrame({ scope: SCOPE, body })
    assert.deepEqual(decodePeerFrame(bytes), { scope: SCOPE, body })
    for (let at = 0; at < bytes.length; at++) {
      assert.equal(typeof decodePeerFrame(bytes.subarray(0, at)), 'string')
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodePeerFrame(bytes)))
  assert.equal(decodePeerFrame(new Uint8Array(MAX_PEER_FRAME_BYTES + 1)), 'oversized')
})

test('R2: frames travel in chunks of a bounded size, and what is cut otherwise, or grows too large, is refused', () => {
  for (const size of [0, 1, PEER_CHUNK_BYTES - 1, PEER_CHUNK_BYTES, 3 * PEER_CHUNK_BYTES]) {
    const frame = new Uint8Array(size).fill(3)
    const joiner = new PeerJoiner()
    const ends = cutPeerFrame(frame).map((chunk) => {
      assert.ok(chunk.length <= PEER_CHUNK_BYTES)
      return joiner.take(chunk)
    })
    assert.deepEqual(ends.pop(), frame)
    assert.ok(ends.every((end) => end === 'more'))
  }
  assert.equal(new PeerJoiner().take(new Uint8Array()), 'malformed')
  assert.equal(new PeerJoiner().take(new Uint8Array([0, 1])), 'malformed', 'many tiny parts')
  const joiner = new PeerJoiner()
  const ends = Array.from({ length: 73 }, () => joiner.take(new Uint8Array(PEER_CHUNK_BYTES)))
  assert.equal(ends.at(-1), 'oversized')
})

test('R1: on the ring two find each other or do not, nobody has more than eight, and few have everybody', () => {
  const sessions = Array.from({ length: 30 }, (_, n) => n * 7 + 1)
  const near = new Map(sessions.map((each) => [each, neighboursOf(each, sessions)]))
  for (const [session, others] of near) {
    assert.ok(others.length === MAX_PEER_LINKS && !others.includes(session))
    for (const other of others) assert.ok(near.get(other)!.includes(session))
  }
  assert.equal(neighboursOf(1, [2, 3]).length, 2)
  assert.equal(neighboursOf(1, sessions.slice(0, 9)).length, MAX_PEER_LINKS)
})

test('R3, R4: what waits is held by every peer without a link and by one with one, in its order', () => {
  const pages = [1, 2, 3, 4].map((id) => new PeerBench(id))
  const [one, two, three, four] = pages as [PeerBench, PeerBench, PeerBench, PeerBench]
  for (const each of [three, four]) each.way = 'live'
  for (const each of pages) each.do({ type: 'look' })
  linkAll(pages)
  for (const text of ['a', 'b', 'c']) one.write(text)
  talk(pages)
  assert.deepEqual(two.rows(), ['a', 'b', 'c'])
  assert.deepEqual(three.rows(), ['a', 'b', 'c'])
  assert.deepEqual(four.rows(), [], 'one carrier')
  for (const each of pages) each.passes(2500)
  talk(pages)
  assert.deepEqual(four.rows(), ['a', 'b', 'c'], 'the next one, since nothing came of it')
  for (const each of pages) assert.deepEqual(each.ended(), [])
})

test('R3, R4: of frames that are lost or overtake each other all is there in the end, and nothing before what it was written on', () => {
  const random = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 })
  fc.assert(
    fc.property(random, (draws) => {
      const pages = [1, 2, 3].map((id) => new PeerBench(id))
      linkAll(pages)
      const knownBefore = new Map<string, string[]>()
      for (let n = 0; n < 9; n++) {
        const from = pages[draws[n]! % 3]!
        knownBefore.set(String(n), from.rows())
        from.write(String(n))
        for (const each of pages) if (draws[n + 10] === 3) each.sent.reverse()
        talk(pages, () => draws[(n + 20) % 30] === 0)
      }
      for (let round = 0; round < 12; round++) {
        for (const each of pages) each.passes(1000)
        talk(pages)
      }
      for (const each of pages) {
        assert.equal(each.rows().length, 9)
        const at = new Map(each.rows().map((text, place) => [text, place]))
        for (const [text, before] of knownBefore) {
          for (const other of before) assert.ok(at.get(other)! < at.get(text)!, each.rows().join())
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('R4: an entry keeps the place in the order of sending that it had where it comes from, at a bounded distance, and what is written behind it stands behind it', () => {
  const bench = page()
  const entries = [5, Number.MAX_SAFE_INTEGER].map((order, at) => {
    return { ...handed('bob', at + 1, `${order}`), order }
  })
  bench.hears(9, entriesOf(...entries))
  const orders = [...bench.bench.outbox.rows()].map(({ row }) => row.order)
  assert.deepEqual(orders, [5, 1_000_006])
  bench.bench.write('after')
  assert.equal([...bench.bench.outbox.rows()].at(-1)!.row.order, 1_000_007)
})

test('R7, R8: who holds what is counted, and a receipt settles it over a chain of three', () => {
  const pages = [1, 2, 3].map((id) => new PeerBench(id))
  const [one, two, three] = pages as [PeerBench, PeerBench, PeerBench]
  three.way = 'live'
  three.do({ type: 'look' })
  linkAll([one, two])
  two.do({ type: 'linked', peer: 3 })
  three.do({ type: 'linked', peer: 2 })
  talk(pages)
  const entry = one.write('a')
  talk(pages)
  for (const each of pages) each.passes(150)
  talk(pages)
  assert.deepEqual(three.rows(), ['a'])
  assert.equal(one.link.heldBy, 1)
  assert.equal(two.link.heldBy, 0, 'nothing of its own waits')
  three.do({ type: 'receipted', receipt: { ...receiptFor(entry), room: 'r' as never } })
  talk(pages)
  for (const each of [one, two]) assert.equal([...each.bench.outbox.rows()][0]!.isAcked, true)
  assert.equal(one.bench.outbox.unsettledCount, 0)
  assert.equal(two.bench.outbox.carried.count, 0)
})

test('R2: a peer that is silent is gone after 7 s, and may come back', () => {
  const bench = page()
  bench.passes(6900)
  assert.equal(bench.link.links, 1)
  bench.passes(200)
  assert.equal(bench.link.links, 0)
  assert.deepEqual([bench.ended(), bench.link.dropped], [[false], { silent: 1 }])
})

const bad = (): ReturnType<typeof handed> => ({
  ...handed('bob', 2, 'y'),
  seal: new Uint8Array(64),
})
const OFFENCES: Readonly<Record<string, readonly [string, (bench: PeerBench) => void]>> = {
  'bytes that are no frame': [
    'malformed',
    (bench) => bench.do({ type: 'message', peer: 9, bytes: new Uint8Array([1, 9, 9]) }),
  ],
  'an oversized frame': [
    'oversized',
    (bench) =>
      bench.do({ type: 'message', peer: 9, bytes: new Uint8Array(MAX_PEER_FRAME_BYTES + 1) }),
  ],
  'a frame of another room': [
    'foreign',
    (bench) => bench.hears(9, STATE, '6'.repeat(32) as PeerScope),
  ],
  'a forged seal, and nothing of that frame is believed': [
    'forged',
    (bench) => bench.hears(9, entriesOf(handed('bob', 1, 'x'), bad())),
  ],
}
for (const [what, [cause, hear]] of Object.entries(OFFENCES)) {
  test(`R6: ${what} ends the link for good, is counted, and leaves nothing`, () => {
    const bench = page()
    hear(bench)
    assert.deepEqual(bench.ended(), [true])
    assert.deepEqual(bench.link.dropped, { [cause]: 1 })
    assert.deepEqual(bench.rows(), [])
    bench.hears(9, entriesOf(handed('bob', 1, 'x')))
    assert.deepEqual(bench.rows(), [], 'what it says behind that is not heard')
  })
}

test('R2: a page that stood still itself hears first what the others said meanwhile', () => {
  const bench = page()
  bench.now = 20_000
  bench.do({ type: 'time' })
  assert.equal(bench.link.links, 1)
  bench.hears(9, STATE)
  bench.passes(6500)
  assert.equal(bench.link.links, 1)
  const silent = page()
  silent.now = 20_000
  silent.do({ type: 'time' })
  silent.passes(2001)
  assert.equal(silent.link.links, 0)
})

test('R2: a peer whose frame takes long is there as long as parts of it come', () => {
  const bench = page()
  for (let at = 0; at < 4; at++) {
    bench.passes(6000)
    bench.do({ type: 'part', peer: 9 })
  }
  assert.equal(bench.link.links, 1)
  bench.passes(7000)
  assert.equal(bench.link.links, 0)
})

test('R6, R7: a receipt that the relay did not sign ends the link, and settles nothing', () => {
  const bench = page()
  const entry = bench.write('a')
  const forged = receiptFor(entry, { signature: new Uint8Array(64) })
  bench.hears(9, { type: 'receipts', receipts: [forged] })
  assert.deepEqual(bench.ended(), [true])
  assert.equal(bench.bench.outbox.unsettledCount, 1)
})

test('R7: receipts of another epoch, for other bytes, for what is not held, played again or before the key is known change nothing', () => {
  const bench = page()
  const entry = bench.write('a')
  const receipts = [
    receiptFor(entry, { epoch: 'f'.repeat(32) as never }),
    receiptFor(entry, { hash: '0'.repeat(32) as never }),
    receiptFor(handed('bob', 1, 'x')),
  ]
  bench.hears(9, { type: 'receipts', receipts })
  bench.hasKey = false
  bench.hears(9, { type: 'receipts', receipts: [receiptFor(entry)] })
  assert.equal(bench.bench.outbox.unsettledCount, 1)
  bench.hasKey = true
  bench.hears(9, { type: 'receipts', receipts: [receiptFor(entry)] })
  assert.equal(bench.bench.outbox.unsettledCount, 0)
  bench.hears(9, { type: 'receipts', receipts: [receiptFor(entry)] })
  assert.deepEqual(bench.link.dropped, { old: 4, unkeyed: 1 })
  assert.deepEqual(bench.ended(), [])
})

test('R4, R6: entries that are played again, come without what stands before them, or are this page’s own are dropped and counted', () => {
  const bench = page()
  const entry = handed('bob', 1, 'x')
  bench.hears(9, entriesOf(entry))
  bench.hears(9, entriesOf(entry))
  const author = receiptFor(handed('cem', 1, 'x')).author
  const before = [{ author, from: 1, through: 1 }]
  bench.hears(9, { type: 'entries', before, entries: [handed('bob', 2, 'y')] })
  bench.hears(9, entriesOf(handed('page1', 7, 'z')))
  assert.deepEqual(bench.rows(), ['x'])
  assert.deepEqual(bench.link.dropped, { repeated: 1, gap: 1, own: 1 })
  assert.deepEqual(bench.ended(), [])
  for (let n = 0; n <= 4096; n++) bench.hears(9, entriesOf(entry))
  assert.deepEqual(bench.ended(), [true], 'who repeats himself without end floods')
})

test('R5, R6: no more is carried for one peer than the bound, it is told so, and who goes on is dropped', () => {
  const bench = page()
  const send = (from: number, count: number): void => {
    for (let seq = from; seq < from + count; seq += 128) {
      const entries = Array.from({ length: 128 }, (_, n) => handed('bob', seq + n, 'x'))
      bench.hears(9, entriesOf(...entries))
    }
  }
  send(1, MAX_PEER_ENTRIES)
  assert.equal(bench.rows().length, MAX_PEER_ENTRIES)
  bench.passes(150)
  const said = bench.sent.map(({ bytes }) => decodePeerFrame(bytes)).at(-1)
  assert.ok(typeof said === 'object' && said.body.type === 'state' && said.body.isFull)
  send(MAX_PEER_ENTRIES + 1, MAX_PEER_ENTRIES)
  assert.deepEqual(bench.ended(), [])
  send(3 * MAX_PEER_ENTRIES + 1, 128)
  assert.deepEqual(bench.ended(), [true])
  assert.equal(bench.rows().length, MAX_PEER_ENTRIES)
  assert.equal(bench.link.dropped['full'], MAX_PEER_ENTRIES + 128)
  assert.equal(bench.bench.outbox.unsettledCount, 0, 'none of it is this page’s to save')
})

test('R5: for so many authors and no more a producer is to be opened', () => {
  const bench = page()
  for (let n = 0; n <= MAX_CARRIED_AUTHORS; n++) bench.hears(9, entriesOf(handed(`a${n}`, 1, 'x')))
  assert.equal(bench.rows().length, MAX_CARRIED_AUTHORS)
  assert.deepEqual(bench.link.dropped, { full: 1 })
})

test('R5: what the relay does not take within ten minutes of a link is let go of', () => {
  const bench = page()
  bench.way = 'live'
  bench.hears(9, entriesOf(handed('bob', 5, 'x')))
  const forsaken = (): number => bench.effects.filter(({ type }) => type === 'forsake').length
  for (let ms = 0; ms < FORSAKE_MS - 5000; ms += 5000) {
    bench.passes(5000)
    bench.hears(9, STATE)
  }
  assert.equal(forsaken(), 0)
  bench.now += 6000
  bench.do({ type: 'time' })
  assert.ok(forsaken() > 0)
})

test('R3: at whatever fraction of a millisecond, a time to do something is never now once it was done', () => {
  for (let start = 0.1; start < 5000; start = start * 1.37 + 0.013) {
    const pages = [1, 2, 3, 4].map((id) => new PeerBench(id))
    for (const page of pages) {
      page.now = start
      page.way = page.id === 1 ? 'apart' : 'live'
      page.do({ type: 'look' })
    }
    linkAll(pages)
    const [one] = pages as [PeerBench]
    one.write('a')
    one.do({ type: 'time' })
    // Until all have been silent for too long.
    for (let at = one.link.deadline(); at !== undefined; at = one.link.deadline()) {
      assert.ok(at > one.now, `${start}: at ${at}`)
      one.now = at
      one.do({ type: 'time' })
    }
  }
})

test('R8: who hands a page what that page never wrote, as if it had, does not count as holding what it writes next', () => {
  const [one, two] = [new PeerBench(1), new PeerBench(2)]
  linkAll([one, two])
  one.write('a')
  talk([one, two])
  one.passes(200)
  two.passes(200)
  talk([one, two])
  assert.equal(one.link.heldBy, 1)
  one.hears(2, { type: 'entries', before: [], entries: [handed(one.name, 2, 'made up')] })
  one.write('b')
  assert.equal(one.link.heldBy, 0)
})

test('R3: a page that the relay refuses hands nothing on and takes nothing', () => {
  const bench = page()
  bench.way = 'barred'
  bench.write('a')
  bench.hears(9, entriesOf(handed('bob', 1, 'x')))
  bench.passes(5000)
  assert.deepEqual(bench.rows(), ['a'])
  assert.deepEqual(bench.link.dropped, { barred: 1 })
  const kinds = bench.sent.map(({ bytes }) => decodePeerFrame(bytes))
  assert.ok(kinds.every((frame) => typeof frame === 'object' && frame.body.type === 'state'))
})

test('O9, K10: a carried entry that is refused leaves nothing here to reject, and what waits of others is counted apart', () => {
  const bench = page()
  bench.hears(9, entriesOf(handed('bob', 1, 'x')))
  const { outbox } = bench.bench
  assert.deepEqual([outbox.unsettledCount, outbox.carried.count, outbox.offDiskCount], [0, 1, 0])
  const { author } = receiptFor(handed('bob', 1, 'x'))
  bench.bench.do({ type: 'rejected', author, seq: 1, code: 'bad-seal' })
  assert.equal(outbox.carried.count, 0)
  assert.deepEqual(
    bench.bench.changes.flatMap(({ putRejected }) => putRejected ?? []),
    [],
  )
})
