import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_CODES } from '../close-code.ts'
import { encodeFrame, frameName, isAckFrame } from '../codec.ts'
import type { DownFrame } from '../frame.ts'
import { ROOM, authorNamed } from './support/entries.ts'
import { sealed } from './support/sealed.ts'
import { SessionBench } from './support/session-bench.ts'

const P1 = authorNamed('p1')

const endsOf = ({ session }: SessionBench): object => Object.fromEntries(session.ends)

/** Comes back to a live room after the connection broke. */
const comeBack = (bench: SessionBench): void => {
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
}

/** What the relay's log says of the page's own entry. */
const recordOwn = (bench: SessionBench, seq: number): void => {
  const { bytes } = bench.link.outbox.get(P1, seq)!.row
  bench.records(bench.batchOf([{ name: 'p1', seq, bytes }]))
}

const ackMsOf = (bench: SessionBench): (number | undefined)[] =>
  bench.roomEffects('settled').map(({ ackMs }) => ackMs)

test('W20: a frame is named by its first byte, whatever comes behind it', () => {
  const ask = encodeFrame({ type: 'ask', ref: 1 })
  assert.equal(frameName(ask), 'ask')
  ask.fill(0xff, 1)
  assert.equal(frameName(ask), 'ask')
  assert.equal(frameName(new Uint8Array([0x47])), 'records')
  assert.equal(frameName(new Uint8Array([0xee])), undefined)
  assert.equal(frameName(new Uint8Array()), undefined)
})

const ENDS: Readonly<Record<string, (bench: SessionBench) => unknown>> = {
  lost: (bench) => bench.close(1006),
  draining: (bench) => bench.close(CLOSE_CODES.draining),
  overloaded: (bench) => {
    bench.hear({ type: 'bye', code: CLOSE_CODES.overloaded, retryAfterMs: 5, reason: 'later' })
    bench.close(1006)
  },
  unauthorized: (bench) => bench.close(CLOSE_CODES.unauthorized),
  silent: (bench) => bench.at(12_000),
  'unknown-frame': (bench) =>
    bench.do({ type: 'message', generation: bench.generation, bytes: sealed([0x7f]) }),
  'text-frame': (bench) => bench.do({ type: 'text', generation: bench.generation }),
  normal: (bench) => bench.do({ type: 'close', room: ROOM }),
  1009: (bench) => bench.close(1009),
}

for (const [cause, end] of Object.entries(ENDS)) {
  test(`W20: a connection that ended is counted by its cause: ${cause}`, () => {
    const bench = new SessionBench().open().live()
    assert.deepEqual(endsOf(bench), {})
    end(bench)
    assert.deepEqual(endsOf(bench), { [cause]: 1 })
    assert.equal(bench.session.lastCause, cause)
  })
}

test('W20: a connection that could not be made is unreachable however it failed, and without a token none was tried', () => {
  const bench = new SessionBench().open()
  bench.do({ type: 'tokenFailed', generation: bench.generation, reason: 'no' })
  bench.do({ type: 'wake' })
  bench.do({ type: 'token', generation: bench.generation, token: '' })
  bench.close(1006)
  bench.do({ type: 'wake' })
  bench.do({ type: 'token', generation: bench.generation, token: '' })
  bench.at(60_000)
  assert.deepEqual(endsOf(bench), { 'no-token': 1, unreachable: 2 })
})

test('W20: entries that go out again on a new connection are one replay for each connection, and on a gap none', () => {
  const bench = new SessionBench().open().live()
  bench.writeAll('a', 'b', 'c')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'gap', through: 1 })
  assert.equal(bench.link.counters.resent, 2)
  assert.equal(bench.link.replays, 0)
  comeBack(bench)
  assert.equal(bench.link.replays, 1)
  comeBack(bench)
  assert.equal(bench.link.replays, 2)
  for (const seq of [1, 2, 3]) recordOwn(bench, seq)
  bench.write('d')
  comeBack(bench)
  assert.equal(bench.link.replays, 3)
  recordOwn(bench, 4)
  comeBack(bench)
  bench.write('e')
  assert.equal(bench.link.replays, 3, 'with nothing left there is nothing to send again')
})

test('W20: a page that finds itself behind, on joining or later, catches up, and one at the head does not', () => {
  const bench = new SessionBench().open().live()
  assert.equal(bench.link.counters.catchUps, 0)
  bench.records(bench.batch('a'))
  bench.batch('lost on the way')
  bench.records(bench.batch('c'))
  assert.equal(bench.link.counters.catchUps, 1)
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  assert.equal(bench.link.counters.catchUps, 2)
  bench.records(...bench.log.slice(1).map(({ bytes }) => bytes))
  comeBack(bench)
  assert.equal(bench.link.counters.catchUps, 2)
})

test('W20: an ack is timed from when this page first put the entry on the wire, on whichever connection', () => {
  const bench = new SessionBench().open().live()
  bench.now = 100
  bench.write('a')
  bench.now = 130
  recordOwn(bench, 1)
  bench.write('b')
  bench.now = 200
  comeBack(bench)
  bench.now = 1000
  recordOwn(bench, 2)
  assert.deepEqual(ackMsOf(bench), [30, 870])
})

test('W20: the relay’s ack ends the time, though the record may come later', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.now = 20
  bench.hearOf({ type: 'acked', through: 1, head: 1 })
  bench.now = 500
  recordOwn(bench, 1)
  assert.deepEqual(ackMsOf(bench), [20])
})

test('W20: an ack that the relay took back ends no time', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.now = 20
  bench.hearOf({ type: 'acked', through: 1, head: 1 })
  bench.hearOf({ type: 'gap', through: 0 })
  bench.now = 500
  recordOwn(bench, 1)
  assert.deepEqual(ackMsOf(bench), [500])
})

test('W20: frames that settle entries are told by their first byte', () => {
  const isAck = (frame: DownFrame): boolean => isAckFrame(encodeFrame(frame))
  assert.ok(isAck({ type: 'acked', producer: 1, through: 1, head: 1 }))
  assert.ok(isAck({ type: 'records', room: 1, batches: [] }))
  assert.ok(!isAck({ type: 'opened', producer: 1, through: 1, head: 1 }))
  assert.ok(!isAck({ type: 'page', ref: 1, through: 1, head: 1 }))
  assert.ok(!isAckFrame(new Uint8Array()))
})

test('W20: a connection counts as lost and made again if it had been made', () => {
  const bench = new SessionBench().open()
  assert.equal(bench.session.reconnects, 0)
  bench.greet().close()
  assert.equal(bench.session.reconnects, 0)
  bench.do({ type: 'wake' })
  bench.live()
  assert.equal(bench.session.reconnects, 0)
  comeBack(bench)
  comeBack(bench)
  assert.equal(bench.session.reconnects, 2)
})
