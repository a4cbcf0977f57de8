import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_CODES } from '../close-code.ts'
import type { RoomName } from '../ids.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { SessionEffect } from '../session-types.ts'
import { ROOM } from './support/entries.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { ROOM_NUMBER, SessionBench } from './support/session-bench.ts'

const ANOTHER = 'another' as RoomName

const disconnects = (effects: readonly SessionEffect[]): unknown[] =>
  effects.flatMap((effect) => (effect.type === 'disconnect' ? [effect.reason] : []))

const refOf = (bench: SessionBench, name: RoomName): number =>
  bench.all('join').findLast((join) => join.name === name)!.ref

/** The relay lets the page into one of its rooms, whose log is empty. */
const letIn = (bench: SessionBench, name: RoomName, room: number): void => {
  const ref = refOf(bench, name)
  bench.hear({ type: 'joined', ref, room, epoch: EPOCH, head: 0, mayWrite: true })
  bench.hear({ type: 'page', ref, through: 0, head: 0 })
}

const waitOf = ({ session, now }: SessionBench): number => {
  assert.ok(session.phase.type === 'waiting')
  return session.phase.until - now
}

test('W12: a room that is opened on a connection is joined at once', () => {
  for (const bench of [new SessionBench().open().greet(), new SessionBench().open().live()]) {
    assert.equal(bench.all('join').length, 1)
    bench.open(ANOTHER)
    assert.deepEqual(
      bench.all('join').map(({ name }) => name),
      [ROOM, ANOTHER],
    )
  }
})

test('W12: with its last room a page leaves the relay, and whatever comes of that connection is nobody’s', () => {
  const bench = new SessionBench().open().live()
  const { generation } = bench
  assert.deepEqual(disconnects(bench.do({ type: 'close', room: ROOM })), ['normal'])
  bench.open()
  assert.equal(bench.session.phase.type, 'asking-token')
  bench.do({ type: 'closed', generation, code: CLOSE_CODES.unauthorized, reason: '' })
  assert.equal(bench.session.phase.type, 'asking-token')
})

const CLOSED_WHILE: readonly (readonly [string, () => SessionBench, readonly string[]])[] = [
  ['asking for a token', () => new SessionBench().open(), []],
  [
    'connecting',
    () => {
      const bench = new SessionBench().open()
      bench.do({ type: 'token', generation: bench.generation, token: '' })
      return bench
    },
    ['normal'],
  ],
  ['greeting', () => new SessionBench().open().greet(), ['normal']],
  ['live', () => new SessionBench().open().live(), ['normal']],
]

for (const [phase, reach, reasons] of CLOSED_WHILE) {
  test(`W20: a last room closed while ${phase} ends a connection only where there is one`, () => {
    const bench = reach()
    assert.deepEqual(disconnects(bench.do({ type: 'close', room: ROOM })), reasons)
    const wasOpen = phase === 'greeting' || phase === 'live'
    assert.deepEqual([...bench.session.ends], wasOpen ? [['normal', 1]] : [])
    assert.equal(bench.session.phase.type, 'idle')
  })
}

test('C8: each attempt has a generation that none before it had, however that ended', () => {
  const bench = new SessionBench().open()
  const ends: readonly (() => unknown)[] = [
    () => bench.do({ type: 'tokenFailed', generation: bench.generation, reason: '' }),
    () => bench.live().close(),
    () => bench.live().do({ type: 'text', generation: bench.generation }),
    () => bench.greet().at(bench.now + 10_000),
    () => bench.at(bench.now + 15_000),
    () => {
      bench.live().do({ type: 'close', room: ROOM })
      bench.open()
    },
  ]
  for (const end of ends) {
    end()
    bench.do({ type: 'wake' })
  }
  const asked = bench.effects.flatMap((effect) =>
    effect.type === 'askToken' ? [effect.generation] : [],
  )
  assert.equal(asked.length, ends.length + 1)
  assert.deepEqual(
    asked,
    [...new Set(asked)].toSorted((a, b) => a - b),
  )
})

test('W3: a frame of a room before the welcome ends the connection as out of order', () => {
  const bench = new SessionBench().open().greet()
  assert.deepEqual(disconnects(bench.joined()), ['out-of-order'])
  assert.equal(bench.session.lastCause, 'out-of-order')
})

test('W11: before the welcome no pulse is answered and nothing is asked', () => {
  const bench = new SessionBench().open().greet()
  bench.hear({ type: 'pulse', n: 1, rttMs: 5, heads: [] })
  bench.do({ type: 'visibility', isHidden: true })
  bench.do({ type: 'wake' })
  assert.deepEqual(bench.all('beat'), [])
  assert.equal(bench.session.rttMs, undefined)
})

test('W11: a pulse that says no round trip leaves the last one', () => {
  const bench = new SessionBench().open().live()
  bench.hear({ type: 'pulse', n: 1, rttMs: 40, heads: [] })
  bench.hear({ type: 'pulse', n: 2, rttMs: undefined, heads: [] })
  assert.equal(bench.session.rttMs, 40)
})

test('C7: to wake changes a wait and no other phase', () => {
  for (const bench of [
    new SessionBench(),
    new SessionBench().open(),
    new SessionBench().open().greet(),
    new SessionBench().open().live(),
  ]) {
    const before = bench.session.phase
    bench.do({ type: 'wake' })
    assert.deepEqual(bench.session.phase, before)
  }
})

test('C7: synced is a page when all its rooms are, from then on, and none by being refused', () => {
  const synced = ({ session }: SessionBench): unknown =>
    session.phase.type === 'live' ? session.phase.syncedSince : 'not live'
  const bench = new SessionBench().open().open(ANOTHER).greet().welcome()
  bench.now = 1000
  letIn(bench, ROOM, ROOM_NUMBER)
  assert.equal(synced(bench), undefined)
  bench.now = 2000
  letIn(bench, ANOTHER, ROOM_NUMBER + 1)
  assert.equal(synced(bench), 2000)
  bench.now = 3000
  bench.hear({ type: 'seen', room: ROOM_NUMBER, marks: [] })
  assert.equal(synced(bench), 2000)
  bench.now = 12_000
  bench.close()
  assert.equal(waitOf(bench), 250)

  const refused = new SessionBench().open().greet().welcome()
  refused.hearOf({ type: 'parted', code: 'forbidden', retryAfterMs: 0, reason: '' })
  assert.equal(synced(refused), undefined)
})

test('C6: a head in a pulse is of the room that it names', () => {
  const bench = new SessionBench().open().open(ANOTHER).greet().welcome()
  letIn(bench, ROOM, ROOM_NUMBER)
  letIn(bench, ANOTHER, ROOM_NUMBER + 1)
  const pulls = bench.all('pull').length
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [{ room: ROOM_NUMBER + 1, head: 4 }] })
  bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [{ room: ROOM_NUMBER + 2, head: 9 }] })
  assert.deepEqual(
    bench
      .all('pull')
      .slice(pulls)
      .map(({ ref }) => ref),
    [refOf(bench, ANOTHER)],
  )
  assert.deepEqual([bench.session.room(ROOM)!.head, bench.session.room(ANOTHER)!.head], [0, 4])
})

test('W7: a pull asks for a page of the size that the relay named, and of the usual one before', () => {
  const bench = new SessionBench().open().greet()
  assert.equal(bench.last('pull').maxBytes, DEFAULT_LIMITS.maxPageBytes)
  bench.welcome({ maxPageBytes: 5000 })
  bench.joined(3)
  bench.page(0, 3)
  assert.equal(bench.last('pull').maxBytes, 5000)
})

test('W8: behind `hello` the rooms of a page share 32 KiB, and what is larger waits for the welcome', () => {
  const sentBehindHello = (length: number, others: number): number => {
    const bench = new SessionBench().open()
    for (let n = 0; n < others; n++) bench.open(`other-${n}` as RoomName)
    bench.write('x'.repeat(length))
    return bench.greet().all('append').length
  }
  assert.equal(sentBehindHello(20_000, 0), 1)
  assert.equal(sentBehindHello(40_000, 0), 0)
  assert.equal(sentBehindHello(20_000, 1), 0)
  assert.equal(sentBehindHello(15_000, 1), 1)
  assert.equal(sentBehindHello(15_000, 2), 0)
})

test('W4: what is said of a producer goes to the room that it writes to', () => {
  const bench = new SessionBench().open().open(ANOTHER).greet().welcome()
  letIn(bench, ROOM, ROOM_NUMBER)
  letIn(bench, ANOTHER, ROOM_NUMBER + 1)
  for (const room of [ROOM, ANOTHER]) {
    const body = new Uint8Array([1])
    bench.do({ type: 'room', room, input: { type: 'write', kind: 'update', body, wallMs: 0 } })
  }
  const [, second] = bench.all('open')
  bench.hear({ type: 'acked', producer: second!.producer, through: 1, head: 1 })
  const acked = (name: RoomName): boolean[] =>
    [...bench.session.room(name)!.outbox.rows()].map(({ isAcked }) => isAcked)
  assert.deepEqual([acked(ROOM), acked(ANOTHER)], [[false], [true]])
})

test('W18: a room that is refused for good is not joined again, and is left without a word', () => {
  const bench = new SessionBench().open().open(ANOTHER).greet().welcome()
  const ref = refOf(bench, ROOM)
  bench.hear({ type: 'parted', ref, code: 'forbidden', retryAfterMs: 0, reason: '' })
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.at(bench.now + 5000)
  assert.deepEqual(
    bench.all('join').map(({ name }) => name),
    [ROOM, ANOTHER, ANOTHER],
  )
  assert.deepEqual(bench.session.room(ROOM)!.phase, { type: 'refused', code: 'forbidden' })
  bench.do({ type: 'close', room: ROOM })
  assert.deepEqual(bench.all('leave'), [])
})
