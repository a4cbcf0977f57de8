import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionEffect } from '../session-types.ts'
import { ROOM } from './support/entries.ts'
import { SessionBench } from './support/session-bench.ts'

const asking = (): SessionBench => {
  const bench = new SessionBench()
  bench.now = 100
  return bench.open()
}

const connecting = (): SessionBench => {
  const bench = asking()
  bench.do({ type: 'token', generation: bench.generation, token: '' })
  return bench
}

const disconnects = (effects: readonly SessionEffect[]): unknown[] =>
  effects.flatMap((effect) => (effect.type === 'disconnect' ? [effect.reason] : []))

test('W11: a token that does not come ends the attempt after 15 s, and says that it was the token', () => {
  const bench = asking()
  assert.equal(bench.session.deadline(), 15_100)
  bench.at(15_099)
  assert.equal(bench.session.phase.type, 'asking-token')
  assert.deepEqual(disconnects(bench.at(15_100)), [])
  assert.equal(bench.session.phase.type, 'waiting')
  const { lastEnd } = bench.session
  assert.equal(lastEnd?.isOfToken, true)
  assert.equal(lastEnd.code, 0)
  assert.match(lastEnd.reason, /in time/)
})

test('W11: a socket that does not open is given up after 10 s', () => {
  const bench = connecting()
  assert.equal(bench.session.deadline(), 10_100)
  bench.at(10_099)
  assert.equal(bench.session.phase.type, 'connecting')
  assert.deepEqual(disconnects(bench.at(10_100)), ['silent'])
  assert.equal(bench.session.phase.type, 'waiting')
})

test('W11: a relay that does not welcome is given up after 10 s, counted from the greeting', () => {
  const bench = connecting()
  bench.now = 5000
  bench.do({ type: 'opened', generation: bench.generation })
  assert.equal(bench.session.deadline(), 15_000)
  bench.at(14_999)
  assert.equal(bench.session.phase.type, 'greeting')
  assert.deepEqual(disconnects(bench.at(15_000)), ['silent'])
})

test('C7: a wait ends when its time has come, and says when that is', () => {
  const bench = asking()
  bench.do({ type: 'tokenFailed', generation: bench.generation, reason: 'no' })
  assert.equal(bench.session.deadline(), 350)
  bench.at(349)
  assert.equal(bench.session.phase.type, 'waiting')
  bench.at(350)
  assert.equal(bench.session.phase.type, 'asking-token')
})

test('W11: a session without a room waits for nothing', () => {
  const bench = new SessionBench()
  assert.equal(bench.session.deadline(), undefined)
  bench.open().live()
  bench.do({ type: 'close', room: ROOM })
  assert.equal(bench.session.deadline(), undefined)
})

test('W11: when an answer is due the link is judged at that time and not before', () => {
  const joining = new SessionBench().open().greet()
  joining.now = 2000
  joining.welcome()
  assert.equal(joining.session.deadline(), 8000)
  assert.deepEqual(disconnects(joining.at(7999)), [])
  assert.deepEqual(disconnects(joining.at(8000)), ['silent'])

  const opening = new SessionBench().open().live()
  opening.now = 1000
  opening.write('a')
  assert.equal(opening.session.deadline(), 7000)
  const unanswered = new SessionBench().open().live()
  unanswered.write('a')
  assert.deepEqual(disconnects(unanswered.at(6000)), ['silent'])
  opening.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.deepEqual(disconnects(opening.at(7000)), [], 'it was answered')

  const pulling = new SessionBench().open().greet().welcome()
  pulling.joined(5)
  assert.equal(pulling.session.deadline(), 3000)
  pulling.at(2999)
  assert.equal(pulling.all('pull').length, 1)
  pulling.at(3000)
  assert.equal(pulling.all('pull').length, 2)
})

test('W11: before the welcome nobody waits for the answer to a join or an open', () => {
  const bench = new SessionBench().open()
  bench.write('a')
  bench.greet()
  assert.equal(bench.all('open').length, 1)
  assert.equal(bench.session.deadline(), 10_000)
  bench.at(9000)
  assert.equal(bench.session.phase.type, 'greeting')
})

test('W11: the relay answers an `open` that came behind the join only once it has joined', () => {
  const bench = new SessionBench().open()
  bench.write('a')
  bench.greet()
  bench.now = 5000
  bench.welcome()
  bench.now = 9000
  bench.joined()
  bench.page()
  bench.at(14_999)
  assert.equal(bench.session.phase.type, 'live')
  bench.at(15_000)
  assert.equal(bench.session.phase.type, 'waiting')
})
