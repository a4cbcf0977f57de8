import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionBench } from './support/session-bench.ts'

const SILENCE_MS = 12_000

test('W11: an end that heard nothing for the time that the relay named takes the link for dead', () => {
  const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
  assert.equal(bench.session.deadline(), SILENCE_MS)
  bench.at(SILENCE_MS - 1)
  assert.equal(bench.session.phase.type, 'live')
  const effects = bench.at(SILENCE_MS)
  assert.equal(bench.session.phase.type, 'waiting')
  assert.ok(effects.some((effect) => effect.type === 'disconnect' && effect.reason === 'silent'))
})

test('W11: whatever is heard counts, and each pulse is answered in its own handler', () => {
  const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
  bench.now = 11_000
  const effects = bench.hear({ type: 'pulse', n: 5, rttMs: 40, heads: [] })
  assert.equal(effects.length, 1)
  assert.deepEqual(bench.last('beat'), { type: 'beat', n: 5, isHidden: false, sent: [] })
  assert.equal(bench.session.rttMs, 40)
  bench.at(SILENCE_MS + 5000)
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.session.deadline(), 11_000 + SILENCE_MS)
})

test('W11: the relay’s answer to a question of ours is not answered again', () => {
  const bench = new SessionBench().open().live()
  assert.deepEqual(bench.hear({ type: 'pulse', n: 0, rttMs: undefined, heads: [] }), [])
})

test('W11: after a stall of its own loop the client drains its socket before it judges', () => {
  const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
  bench.at(100_000)
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.session.deadline(), 100_500)
  // What the relay had said meanwhile was waiting in the socket.
  bench.now = 100_001
  bench.hear({ type: 'pulse', n: 6, rttMs: undefined, heads: [] })
  bench.at(100_500)
  assert.equal(bench.session.phase.type, 'live')
})

test('W11: a stall behind which nothing was in the socket ends the link', () => {
  const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
  bench.at(100_000)
  bench.at(100_500)
  assert.equal(bench.session.phase.type, 'waiting')
})

test('W11: a page that wakes asks, and waits 4 s for the answer', () => {
  const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
  bench.now = 1000
  bench.do({ type: 'wake' })
  assert.deepEqual(bench.last('beat'), { type: 'beat', n: 0, isHidden: false, sent: [] })
  assert.equal(bench.session.deadline(), 5000)
  bench.at(5000)
  assert.equal(bench.session.phase.type, 'waiting')
})

test('W11: hiding and showing is told at once', () => {
  const bench = new SessionBench().open().live()
  bench.do({ type: 'visibility', isHidden: true })
  assert.equal(bench.last('beat').isHidden, true)
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet()
  assert.equal(bench.last('hello').isHidden, true)
})

test('W11: a welcome, a join, an open and a pull that are never answered end the link', () => {
  const greeting = new SessionBench().open().greet()
  assert.equal(greeting.session.deadline(), 10_000)
  greeting.at(9_999)
  assert.equal(
    greeting.session.phase.type,
    'greeting',
    'a slow relay may take its time to let us in',
  )
  greeting.at(10_000)
  assert.equal(greeting.session.phase.type, 'waiting')

  const joining = new SessionBench().open().greet()
  joining.now = 9000
  joining.welcome()
  joining.at(14_999)
  assert.equal(joining.session.phase.type, 'live')
  joining.at(15_000)
  assert.equal(joining.session.phase.type, 'waiting')

  const opening = new SessionBench().open().live()
  opening.write('a')
  opening.at(5999)
  assert.equal(opening.session.phase.type, 'live')
  opening.at(6000)
  assert.equal(opening.session.phase.type, 'waiting')
})

test('W11: a pull is asked again, and after four without an answer the join is taken for lost', () => {
  const bench = new SessionBench().open().greet().welcome()
  bench.joined(5)
  for (const at of [3000, 6000, 9000]) {
    bench.at(at)
    bench.hear({ type: 'pulse', n: 1, rttMs: undefined, heads: [] })
  }
  assert.equal(bench.all('pull').length, 4)
  bench.at(12_000)
  assert.equal(bench.session.phase.type, 'waiting')
  assert.equal(bench.session.lastCause, 'silent')
})

test('W11: a timer that is a second late or more means that our own loop stood still', () => {
  const phaseAt = (now: number): string => {
    const bench = new SessionBench().open().live({ silenceMs: SILENCE_MS })
    bench.at(now)
    return bench.session.phase.type
  }
  assert.equal(phaseAt(SILENCE_MS + 999), 'waiting')
  assert.equal(phaseAt(SILENCE_MS + 1000), 'live')
})
