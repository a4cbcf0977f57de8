import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8 } from 'lib0/string'
import { decodeEntry } from '../batch-codec.ts'
import { encodeEvent } from '../event-body.ts'
import { authorNamed } from './support/entries.ts'
import { OutboxBench, nameOf } from './support/outbox-bench.ts'
import { SessionBench } from './support/session-bench.ts'

const FIVE_MINUTES = 300_000

const textsOf = (bench: SessionBench, from: number): string[] =>
  bench
    .all('append')
    .slice(from)
    .flatMap(({ entries }) =>
      entries.map(({ bytes }) => {
        const entry = decodeEntry(bytes)
        assert.ok(typeof entry !== 'string')
        return new TextDecoder().decode(entry.body)
      }),
    )

/** Live, and the relay said of entry `seq` of the page's own producer that it does not fit yet. */
const waiting = (texts: readonly string[], seq: number): SessionBench => {
  const bench = new SessionBench().open().live()
  bench.writeAll(...texts)
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'notYet', seq, retryAfterMs: 200 })
  return bench
}

const pushed = (bench: SessionBench, name: string): void => {
  const body = encodeEvent({ name, payload: null })
  bench.tell({ type: 'write', kind: 'event', body, wallMs: 0 })
  bench.tell({ type: 'persisted' })
}

test('O17: an entry that does not fit yet is sent again when its time has come, alone, and what is behind it when it is acked', () => {
  const bench = waiting(['a', 'b', 'c'], 2)
  const before = bench.appends().length
  assert.equal(bench.session.deadline(), 200)
  bench.at(199)
  assert.deepEqual(bench.appends().slice(before), [])
  bench.at(200)
  assert.deepEqual(bench.appends().slice(before), ['2+1'])
  bench.hearOf({ type: 'acked', through: 2, head: 2 })
  assert.deepEqual(bench.appends().slice(before), ['2+1', '3+1'])
})

test('O17: with each answer it waits twice as long, up to sixteen times', () => {
  const bench = waiting(['a'], 1)
  const waits: number[] = []
  for (let n = 0; n < 7; n++) {
    const at = bench.session.deadline()!
    waits.push(at - bench.now)
    bench.at(at)
    bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 200 })
  }
  assert.deepEqual(waits, [200, 400, 800, 1600, 3200, 3200, 3200])
})

test('O17, O6: a gap while an entry waits does not send it before its time', () => {
  const bench = waiting(['a', 'b'], 1)
  const before = bench.appends().length
  bench.hearOf({ type: 'gap', through: 0 })
  assert.deepEqual(bench.appends().slice(before), [])
  bench.at(200)
  assert.deepEqual(bench.appends().slice(before), ['1+1'])
})

test('O17: its own record in the log is as good as an ack', () => {
  const bench = waiting(['a', 'b'], 1)
  bench.at(200)
  const before = bench.appends().length
  const { row } = bench.link.outbox.get(authorNamed('p1'), 1)!
  bench.records(bench.batchOf([{ name: 'p1', seq: 1, bytes: row.bytes }]))
  assert.deepEqual(bench.appends().slice(before), ['2+1'])
})

const fromOther = (bench: SessionBench): number => {
  const other = new OutboxBench({}, 'old')
  other.write('orphan')
  other.settleDisk()
  bench.tell({ type: 'carried', rows: [...other.disk.values()], isOnDisk: true })
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 200 })
  return bench.all('append').length
}

test('O17: updates of another producer go past an entry that waits, events do not', () => {
  const bench = new SessionBench().open().live()
  const before = fromOther(bench)
  bench.write('past')
  pushed(bench, 'later')
  bench.write('behind')
  assert.deepEqual(textsOf(bench, before), ['past'])
  // While it is looked at once more they still wait.
  bench.at(200)
  assert.deepEqual(textsOf(bench, before), ['past', 'orphan'])
})

test('O17: when the entry is in, the events go on', () => {
  const bench = new SessionBench().open().live()
  const before = fromOther(bench)
  const producer = bench.producer
  pushed(bench, 'later')
  bench.at(200)
  bench.hear({ type: 'acked', producer, through: 1, head: 1 })
  assert.equal(textsOf(bench, before).length, 2)
})

test('O17, O10: what waits in vain for five minutes is set aside, exportable, and what stood behind it goes on under new keys', () => {
  const bench = waiting(['a', 'b'], 1)
  while (bench.now < FIVE_MINUTES) {
    bench.at(bench.session.deadline()!)
    assert.deepEqual(bench.roomEffects('refused'), [])
    bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 60_000 })
  }
  const [refused] = bench.roomEffects('refused')
  assert.equal(refused!.row.code, 'missing-dependency')
  assert.deepEqual(
    [...bench.link.outbox.rows()].map(({ row }) => nameOf(row)),
    ['p2/1 b was p1/2'],
  )
})

test('O17: five minutes are those of the connection as well, and an entry has at least three answers', () => {
  const bench = waiting(['a'], 1)
  bench.close()
  bench.now = FIVE_MINUTES + 10
  bench.do({ type: 'wake' })
  bench.live()
  for (let n = 0; n < 4; n++) bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 100 })
  assert.deepEqual(bench.roomEffects('refused'), [])
  bench.now += FIVE_MINUTES
  bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 100 })
  assert.equal(bench.roomEffects('refused').length, 1)
})

test('O17, O7: rows of somebody else are set aside only with their producer’s lock', () => {
  const bench = new SessionBench().open().live()
  fromOther(bench)
  bench.now = FIVE_MINUTES
  for (let n = 0; n < 3; n++) bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 100 })
  assert.deepEqual(bench.roomEffects('refused'), [])
  assert.deepEqual(bench.roomEffects('requestLock'), [
    { type: 'requestLock', author: authorNamed('old1') },
  ])
  bench.tell({ type: 'lockGranted', author: authorNamed('old1') })
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  for (let n = 0; n < 3; n++) bench.hearOf({ type: 'notYet', seq: 1, retryAfterMs: 100 })
  assert.equal(bench.roomEffects('refused').length, 1)
})

test('C9: what a page offers of its document is the first entry of a producer, and merges with nothing', () => {
  const bench = new SessionBench().open().live()
  bench.write('typed')
  for (const isApart of [false, true, false]) {
    const body = encodeUtf8(isApart ? 'offered' : 'more')
    bench.tell({ type: 'write', kind: 'update', body, isApart, wallMs: 0 })
  }
  bench.tell({ type: 'persisted' })
  assert.deepEqual(
    [...bench.link.outbox.rows()].map(({ row }) => nameOf(row)),
    ['p1/1 typed', 'p1/2 more', 'p2/1 offered', 'p2/2 more'],
  )
})
