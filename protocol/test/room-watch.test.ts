import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoomWatch } from '../room-watch.ts'
import { Silence } from '../silence.ts'
import { SessionBench } from './support/session-bench.ts'

const asks = (bench: SessionBench): number => bench.sent.filter(({ type }) => type === 'ask').length

test('C11: a live room that is still while something is unsettled is asked after, and again once it answered', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.pass(7500)
  assert.equal(asks(bench), 0)
  bench.pass(1000)
  assert.equal(asks(bench), 1)
  bench.hearOf(VIEW)
  bench.pass(7500)
  assert.equal(asks(bench), 1)
  bench.pass(1000)
  assert.equal(asks(bench), 2)
})

test('C11: a room in which all is settled is asked after once a minute', () => {
  const bench = new SessionBench().open().live()
  bench.pass(59_000)
  assert.equal(asks(bench), 0)
  bench.pass(2000)
  assert.equal(asks(bench), 1)
  assert.equal(bench.session.phase.type, 'live')
})

test('C11: who is told that he is not in the room any more joins it again and sends what waits', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.pass(9000)
  const before = bench.ref
  bench.hearOf({ type: 'parted', code: 'room-fell-back', retryAfterMs: 0, reason: '' })
  bench.pass(2000)
  assert.notEqual(bench.ref, before)
  const { entries } = bench.last('append')
  assert.equal(entries.length, 1)
})

test('C11: a room whose relay does not answer takes the link for dead', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.pass(13_500)
  assert.equal(bench.session.phase.type, 'live')
  bench.at(bench.now + 1000)
  assert.equal(bench.session.phase.type, 'waiting')
  assert.equal(bench.session.lastCause, 'silent')
})

test('C11: a still room is asked after when its time has come and not before, and given 6 s to answer', () => {
  const outbox = { unsettledCount: 1 }
  const watch = new RoomWatch(outbox, () => false)
  watch.heard(1000)
  assert.equal(watch.deadline(), 9000)
  assert.equal(watch.look(8999), undefined)
  outbox.unsettledCount = 0
  assert.equal(watch.deadline(), 61_000)
  assert.equal(watch.look(60_999), undefined)
  assert.equal(watch.look(61_000), 'ask')
  assert.equal(watch.deadline(), 67_000)
  assert.equal(watch.look(66_999), undefined)
  assert.equal(watch.look(67_000), 'dead')
  watch.heard(67_001)
  assert.equal(watch.look(67_002), undefined, 'whatever is heard is an answer')
  assert.equal(watch.deadline(), 127_001)
})

test('C11, W11: over a link that is silent itself nothing is asked, so that the relay finds out in its own time', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  while (bench.now < 11_900) bench.at(bench.now + 100)
  assert.equal(asks(bench), 0)
  assert.equal(bench.session.phase.type, 'live')
  assert.equal(bench.session.deadline(), 12_000)
})

test('C11: a link is silent from half the time on after which it is taken for dead', () => {
  const silence = new Silence()
  silence.begin(12_000, 1000)
  assert.equal(silence.isQuiet(6999), false)
  assert.equal(silence.isQuiet(7000), true)
  silence.heard(7000)
  assert.equal(silence.isQuiet(12_999), false)
})

test('C11: what is heard of the room, and joining it, put the question off', () => {
  const bench = new SessionBench()
  bench.now = 100_000
  bench.open().live()
  bench.pass(59_000)
  bench.hearOf({ type: 'seen', marks: [] })
  bench.pass(59_500)
  assert.equal(asks(bench), 0)
  bench.pass(500)
  assert.equal(asks(bench), 1)
})

test('C11: a session wakes up to ask after a still room, and asks after none that is catching up', () => {
  const still = new SessionBench().open().live()
  still.write('a')
  still.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.equal(still.session.deadline(), 8000)
  const behind = new SessionBench()
  behind.now = 100_000
  behind.open().greet().welcome()
  behind.joined(5)
  behind.write('a')
  behind.hearOf({ type: 'opened', through: 0, head: 5 })
  behind.pass(9000)
  behind.page(0, 5)
  behind.pass(9000)
  assert.equal(behind.link.phase.type, 'catching-up')
  assert.equal(asks(behind), 0)
})

const VIEW = {
  type: 'view',
  session: 3,
  user: 'ann',
  head: 0,
  received: 0,
  isLagging: false,
  queuedBytes: 0,
  openProducers: 1,
  connectedMs: 0,
  silentMs: 0,
} as const
