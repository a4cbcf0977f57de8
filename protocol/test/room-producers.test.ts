import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8 } from 'lib0/string'
import type { Cursor } from '../room-step.ts'
import { authorOf } from '../hash.ts'
import { ROOM, authorNamed, updateBytes } from './support/entries.ts'
import { EPOCH, OutboxBench, nameOf } from './support/outbox-bench.ts'
import { SessionBench } from './support/session-bench.ts'

const P1 = authorNamed('p1')

/** What a page that is gone left on the disk. */
const orphans = (...texts: readonly string[]): OutboxBench => {
  const bench = new OutboxBench({}, 'old')
  for (const text of texts) {
    bench.write(text)
    bench.settleDisk()
  }
  return bench
}

const carry = (bench: SessionBench, from: OutboxBench): void => {
  bench.tell({ type: 'carried', rows: [...from.disk.values()], isOnDisk: true })
}

const rowsOf = (bench: SessionBench): string[] =>
  [...bench.link.outbox.rows()].map(({ row }) => nameOf(row))

test('P1: `open` shows the proof of the author that it names', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  const { author, proof, ref } = bench.last('open')
  assert.equal(author, P1)
  assert.equal(authorOf(proof), P1)
  assert.equal(ref, bench.ref)
})

test('O5: rows found on disk are sent under their own keys, before any of the page’s own', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a', 'b'))
  bench.write('c')
  bench.live()
  assert.deepEqual(
    bench.all('open').map(({ author }) => author),
    [authorNamed('old1'), P1],
  )
  assert.deepEqual(bench.appends(), ['1+2', '1+1'])
})

test('O6: on a gap everything from the mark + 1 is sent again', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  const before = bench.appends().length
  bench.hearOf({ type: 'gap', through: 1 })
  assert.deepEqual(bench.appends().slice(before), ['2+2'])
  assert.equal(bench.link.counters.sent, 5)
  assert.equal(bench.link.counters.resent, 2)
  assert.equal(bench.link.counters.rehomed, 0)
})

test('O6: what was sent on a connection that ended is sent again on the next', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b')
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet()
  assert.equal(bench.appends().at(-1), '1+2')
})

test('O6: a relay that had acked and lost it says a lower mark, and gets it again', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'acked', through: 1, head: 1 })
  assert.ok(bench.link.outbox.get(P1, 1)!.isAcked)
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.ok(!bench.link.outbox.get(P1, 1)!.isAcked)
  assert.deepEqual(bench.appends(), ['1+1', '1+1'])
})

test('O6, S4: the mark that `opened` tells is durable: what is below it is not sent again', () => {
  const bench = new SessionBench().open()
  bench.writeAll('a', 'b', 'c')
  bench.greet().welcome()
  bench.joined(5)
  bench.hearOf({ type: 'opened', through: 2, head: 5 })
  const acked = [...bench.link.outbox.rows()].map(({ isAcked }) => isAcked)
  assert.deepEqual(acked, [true, true, false])
})

test('O4: what `opened` or `acked` says is settled leaves when the cursor has reached that head', () => {
  const bench = new SessionBench().open()
  bench.writeAll('a', 'b', 'c')
  bench.greet().welcome()
  const log = [bench.batch('x'), bench.batch('y')]
  bench.joined(2)
  bench.hearOf({ type: 'opened', through: 2, head: 2 })
  bench.records(log[0]!)
  assert.equal(rowsOf(bench).length, 3)
  bench.records(log[1]!)
  assert.deepEqual(rowsOf(bench), ['p1/3 c'])
})

test('O7: a gap that no row fills gives the rows of this page new keys', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.records(
    bench.batchOf([{ name: 'p1', seq: 1, bytes: bench.link.outbox.get(P1, 1)!.row.bytes }]),
  )
  // The relay's log went back to before our first entry, which is no row of ours any more.
  bench.hearOf({ type: 'gap', through: 0 })
  assert.deepEqual(rowsOf(bench), ['p2/1 b was p1/2', 'p2/2 c was p1/3'])
  assert.equal(bench.last('open').author, authorNamed('p2'))
  assert.equal(bench.appends().at(-1), '1+2')
})

test('O7: a fork gives the forked row and those behind it new keys', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'forked', seq: 2 })
  assert.deepEqual(rowsOf(bench), ['p1/1 a', 'p2/1 b was p1/2', 'p2/2 c was p1/3'])
})

/** Carries the second of two rows whose first one nobody has. */
const withHole = (): SessionBench => {
  const bench = new SessionBench().open()
  const left = orphans('a', 'b')
  left.recorded('old1', 1)
  left.settleDisk()
  carry(bench, left)
  bench.live()
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  return bench
}

test('O7: rows of another page are given new keys only with the lock of their producer', () => {
  const bench = withHole()
  assert.deepEqual(rowsOf(bench), ['old1/2 b'])
  assert.deepEqual(bench.roomEffects('requestLock'), [
    { type: 'requestLock', author: authorNamed('old1') },
  ])
  bench.tell({ type: 'lockGranted', author: authorNamed('old1') })
  assert.deepEqual(rowsOf(bench), ['old1/2 b'], 'the mark is asked for again first')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.deepEqual(rowsOf(bench), ['p1/1 b was old1/2'])
  assert.equal(bench.appends().at(-1), '1+1')
})

test('O7: whoever waits for a lock holds up nobody else, and asks once', () => {
  const bench = withHole()
  bench.write('mine')
  assert.equal(bench.last('open').author, P1)
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  bench.hear({ type: 'opened', producer: bench.all('open').at(-2)!.producer, through: 0, head: 0 })
  assert.equal(bench.roomEffects('requestLock').length, 1)
})

test('O7: a lock that comes after the hole was filled changes no key', () => {
  const bench = withHole()
  bench.tell({ type: 'lockGranted', author: authorNamed('old1') })
  bench.hearOf({ type: 'opened', through: 1, head: 1 })
  assert.deepEqual(rowsOf(bench), ['old1/2 b'])
  assert.equal(bench.appends().at(-1), '2+1')
})

/** One entry is in memory alone, and the disk that failed it closed its producer: the next one is another's. */
const withUnkept = (): SessionBench => {
  const bench = new SessionBench().open().live()
  bench.tell({ type: 'write', kind: 'update', body: encodeUtf8('a'), wallMs: 0 })
  bench.tell({ type: 'persistFailed' })
  bench.tell({ type: 'write', kind: 'update', body: encodeUtf8('b'), wallMs: 0 })
  bench.tell({ type: 'write', kind: 'update', body: encodeUtf8('c'), wallMs: 0 })
  assert.deepEqual(rowsOf(bench), ['p1/1 a', 'p2/1 b', 'p2/2 c'])
  return bench
}

test('O16: what was written on top of an entry that is in memory alone is not sent before that one is acked', () => {
  const bench = withUnkept()
  assert.deepEqual(bench.appends(), ['1+1'])
  const producer = bench.all('open')[0]!.producer
  bench.hear({ type: 'gap', producer, through: 0 })
  assert.deepEqual(bench.appends(), ['1+1', '1+1'])
  bench.hear({ type: 'acked', producer, through: 1, head: 1 })
  assert.deepEqual(bench.appends(), ['1+1', '1+1', '1+2'])
})

test('O16: it is sent when the disk has that one after all', () => {
  const bench = withUnkept()
  bench.now = 600
  bench.do({ type: 'time' })
  bench.tell({ type: 'persisted' })
  assert.deepEqual(bench.appends(), ['1+1', '1+2'])
})

test('O11: no more entries are on the wire than the window has room for', () => {
  const bench = new SessionBench().open().live({ windowEntries: 3 })
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  for (const text of ['a', 'b', 'c', 'd', 'e']) bench.write(text)
  assert.deepEqual(bench.appends(), ['1+1', '2+1', '3+1'])
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'acked', through: 2, head: 2 })
  assert.deepEqual(bench.appends(), ['1+1', '2+1', '3+1', '4+2'])
})

test('O11: the window has room for bytes as well, but one entry alone always goes', () => {
  const bench = new SessionBench().open().live({ windowBytes: 50 })
  bench.writeAll('x'.repeat(200), 'small')
  assert.deepEqual(bench.appends(), ['1+1'])
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'acked', through: 1, head: 1 })
  assert.deepEqual(bench.appends(), ['1+1', '2+1'])
})

test('O11, W8: behind `hello` only a little is sent, and the rest with the welcome', () => {
  const bench = new SessionBench().open(ROOM, undefined, { maxMergedBytes: 10 })
  for (let n = 0; n < 10; n++) bench.write('x'.repeat(10_000))
  bench.greet()
  const pipelined = bench.all('append').flatMap(({ entries }) => entries)
  assert.ok(pipelined.length >= 1 && pipelined.length <= 3, String(pipelined.length))
  bench.welcome()
  assert.equal(bench.all('append').flatMap(({ entries }) => entries).length, 10)
})

test('W7: an append never makes a frame larger than the relay reads', () => {
  const bench = new SessionBench().open().live({ maxFrameBytes: 1000, windowEntries: 500 })
  for (let n = 0; n < 200; n++) bench.write(`${n}`)
  bench.hearOf({ type: 'gap', through: 0 })
  const sends = bench.effects.flatMap((effect) =>
    effect.type === 'send' ? [effect.bytes.length] : [],
  )
  assert.ok(Math.max(...sends) <= 1000, String(Math.max(...sends)))
  assert.ok(bench.all('append').at(-1)!.entries.length > 5)
})

test('O10, W7: an entry that fits no frame is rejected here, and those behind it go on under new keys', () => {
  const bench = new SessionBench().open().live({ maxFrameBytes: 1000 })
  bench.writeAll('a', 'x'.repeat(2000), 'c')
  assert.deepEqual(
    bench.roomEffects('refused').map(({ row }) => [row.seq, row.code]),
    [[2, 'too-large']],
  )
  assert.deepEqual(
    rowsOf(bench).map((name) => name.split(' ').slice(0, 2).join(' ')),
    ['p1/1 a', 'p1/3 c'],
  )
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'gap', through: 1 })
  assert.equal(rowsOf(bench).at(-1), 'p2/1 c was p1/3')
})

test('S9: a refusal settles its entry, and an ack that goes past it does not', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'rejected', seq: 2, code: 'unknown-kind' })
  bench.hearOf({ type: 'acked', through: 3, head: 3 })
  assert.deepEqual(rowsOf(bench), ['p1/1 a', 'p1/3 c'])
  assert.equal(bench.roomEffects('refused').length, 1)
})

test('S10, W18: a producer that is denied is sent no more, and its rows stay', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a'))
  bench.write('b')
  bench.live()
  const [foreign] = bench.all('open')
  bench.hear({ type: 'denied', producer: foreign!.producer, code: 'foreign-author' })
  bench.write('c')
  assert.deepEqual(rowsOf(bench), ['old1/1 a', 'p1/1 b', 'p1/2 c'])
  assert.equal(bench.appends().at(-1), '2+1')
  assert.equal(bench.link.trouble, 'foreign-author')
})

test('C9, S10: a producer that the new log denies does not hold up those behind it', () => {
  const cursor: Cursor = {
    epoch: EPOCH,
    offset: 4,
    chain: 'c'.repeat(32) as Cursor['chain'],
    proof: undefined,
  }
  const bench = new SessionBench().open(ROOM, cursor)
  bench.write('a')
  bench.tell({ type: 'carried', rows: [...orphans('o').disk.values()], isOnDisk: true })
  bench.greet().welcome()
  bench.hearOf({ type: 'reset', why: 'unknown-epoch' })
  bench.joined(0)
  const before = bench.appends().length
  bench.hearOf({ type: 'denied', code: 'foreign-author' })
  assert.deepEqual(bench.appends().slice(before), ['1+1'])
})

test('O14: what is written for a user is kept with that user’s name', () => {
  const bench = new SessionBench().open(ROOM, undefined, { user: 'bob' })
  bench.tell({ type: 'write', kind: 'event', body: encodeUtf8('e'), wallMs: 5 })
  const [persist] = bench.roomEffects('persist')
  assert.deepEqual(
    persist!.change.putRows.map(({ user, mintedAtMs }) => [user, mintedAtMs]),
    [['bob', 5]],
  )
})

test('O6: what the relay does not take yet and was not sent yet goes out in its turn', () => {
  const bench = new SessionBench().open().live({ windowEntries: 1 })
  bench.writeAll('a', 'b')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.deepEqual(bench.appends(), ['1+1'])
  bench.hearOf({ type: 'notYet', seq: 9, retryAfterMs: 0 })
  bench.hearOf({ type: 'acked', through: 1, head: 1 })
  assert.deepEqual(bench.appends(), ['1+1', '2+1'])
})

test('O7: rows that wait for a lock are not sent again, whatever the relay says of the gap', () => {
  const bench = withHole()
  const before = bench.appends()
  bench.hearOf({ type: 'gap', through: 0 })
  assert.deepEqual(bench.appends(), before)
})

test('O7: rows of this page need no lock, whosever rows it carries besides', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a'))
  bench.write('mine')
  bench.live()
  bench.hearOf({ type: 'forked', seq: 1 })
  assert.deepEqual(rowsOf(bench), ['old1/1 a', 'p2/1 mine was p1/1'])
  assert.deepEqual(bench.roomEffects('requestLock'), [])
})

test('O7: a fork above all rows moves none, closes no producer and asks for no lock', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a'))
  bench.write('b')
  bench.live()
  for (const { producer } of bench.all('open')) bench.hear({ type: 'forked', producer, seq: 2 })
  bench.write('c')
  assert.deepEqual(rowsOf(bench), ['old1/1 a', 'p1/1 b', 'p1/2 c'])
  assert.deepEqual(bench.roomEffects('requestLock'), [])
})

test('C4, O7: a fork is noticed, and a lock asked for, where nothing may be written', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a'))
  const readOnly = (): void => {
    bench.greet().welcome()
    bench.joined(0, false)
    bench.page()
  }
  readOnly()
  bench.close()
  bench.do({ type: 'wake' })
  // Since the page knows that it may not write it opens no producer.
  readOnly()
  bench.records(bench.batchOf([{ name: 'old1', seq: 1, bytes: updateBytes('not a') }]))
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.roomEffects('requestLock').length, 1)
})

test('C6, S10: a beat says nothing of a producer that was denied, and the room says why', () => {
  const bench = new SessionBench().open()
  carry(bench, orphans('a'))
  bench.write('b')
  bench.live()
  const [foreign, own] = bench.all('open')
  bench.hear({ type: 'denied', producer: own!.producer, code: 'too-many-producers' })
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [] })
  assert.deepEqual(bench.last('beat').sent, [{ producer: foreign!.producer, seq: 1 }])
  assert.equal(bench.link.trouble, 'too-many-producers')
})
