import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, frameName } from '../codec.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { cutFrame } from '../pieces.ts'
import { ROOM_NUMBER, SessionBench } from './support/session-bench.ts'

const { silenceMs } = DEFAULT_LIMITS
const PIECE = 200

const live = (): SessionBench => new SessionBench(PIECE).open().live()

const namesFrom = (bench: SessionBench, at: number): (string | undefined)[] =>
  bench.messages.slice(at).map(frameName)

const hearBytes = (bench: SessionBench, bytes: Uint8Array): void =>
  void bench.do({ type: 'message', generation: bench.generation, bytes })

const pulse = (bench: SessionBench, n: number): void =>
  void bench.hear({ type: 'pulse', n, rttMs: 1, heads: [] })

/** Slices of the next batch of the log. */
const slicesOf = (bench: SessionBench, text: string): readonly Uint8Array[] => {
  const batches = [bench.batch(text)]
  return cutFrame(encodeFrame({ type: 'records', room: ROOM_NUMBER, batches }), PIECE)
}

test('W22: a large entry goes in pieces with nothing between them, and a question behind', () => {
  const bench = live()
  const before = bench.messages.length
  bench.write('x'.repeat(700))
  const names = namesFrom(bench, before)
  assert.deepEqual(names, ['open', 'piece', 'piece', 'piece', 'piece', 'beat'])
  assert.equal(bench.last('append').entries.length, 1)
  assert.equal(bench.last('beat').n, 0)
})

test('W22, W8: before the welcome nothing goes in pieces', () => {
  const bench = new SessionBench(20).open().greet()
  bench.write('x'.repeat(300))
  assert.ok(bench.all('append').length === 1 && !namesFrom(bench, 0).includes('piece'))
  bench.welcome()
  bench.write('y'.repeat(300))
  assert.ok(namesFrom(bench, 0).includes('piece'))
})

test('W22: while a large frame is on its way nothing is taken for unanswered', () => {
  const bench = live()
  bench.write('a')
  bench.write('x'.repeat(100_000))
  const joins = bench.all('join').length
  bench.pass(15_000)
  bench.do({ type: 'visibility', isHidden: true })
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.all('join').length, joins)
})

test('W22, C11: once it is through, what is unanswered counts again', () => {
  const bench = live()
  bench.write('x'.repeat(100_000))
  bench.pass(10_000)
  pulse(bench, 0)
  bench.pass(5000)
  assert.equal(bench.session.phase.type, 'live')
  bench.pass(2000)
  assert.equal(bench.session.lastCause, 'silent', 'the open was never answered')
})

test('W22: an answer that was lost is waited for as long as the slowest line takes, and no longer', () => {
  const bench = live()
  bench.write('x'.repeat(10_000))
  bench.pass(silenceMs)
  assert.equal(bench.session.phase.type, 'live')
  bench.pass(silenceMs)
  assert.equal(bench.session.lastCause, 'silent')
})

test('W22, W11: a large frame that comes slowly is heard, and the relay hears that we live', () => {
  const bench = live()
  const slices = slicesOf(bench, 'x'.repeat(4000))
  bench.hearOf({ type: 'pulse', n: 0, rttMs: 1, heads: [{ room: ROOM_NUMBER, head: 1 }] })
  const [pulls, beats] = [bench.all('pull').length, bench.all('beat').length]
  for (const slice of slices) {
    bench.at(bench.now + 2500)
    hearBytes(bench, slice)
  }
  assert.deepEqual(bench.applied(), [1])
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.all('pull').length, pulls, 'nothing is asked for again meanwhile')
  const told = bench.all('beat').length - beats
  assert.ok(told >= slices.length / 3 && told <= slices.length / 2 + 1, `${told} beats`)
})

test('W22: half a frame is forgotten with its connection', () => {
  const bench = live()
  const [first] = slicesOf(bench, 'x'.repeat(400))
  hearBytes(bench, first!)
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  assert.equal(bench.session.phase.type, 'live')
})

test('W22: what is no slice between slices ends the connection, and we come back', () => {
  const bench = live()
  const [first] = slicesOf(bench, 'x'.repeat(400))
  hearBytes(bench, first!)
  pulse(bench, 1)
  assert.equal(bench.session.lastCause, 'malformed-frame')
  assert.equal(bench.session.phase.type, 'waiting')
})

test('W22, W8: a slice before the welcome ends the connection', () => {
  const bench = new SessionBench(PIECE).open().greet()
  hearBytes(bench, encodeFrame({ type: 'slice', isLast: false, bytes: new Uint8Array(3) }))
  assert.equal(bench.session.lastCause, 'out-of-order')
})
