import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomName } from '../ids.ts'
import type { RoomInput } from '../room-step.ts'
import { ROOM_NUMBER, SessionBench } from './support/session-bench.ts'

const BYTES = new Uint8Array([1, 2, 3])
const SIGNAL: RoomInput = { type: 'signal', bytes: BYTES }
const VIEW = {
  session: 3,
  user: 'ann',
  head: 9,
  received: 8,
  isLagging: true,
  queuedBytes: 7,
  openProducers: 6,
  connectedMs: 5,
  silentMs: 4,
}

test('W13: a signal goes to the room at once, while this page is in it and never else', () => {
  const bench = new SessionBench().open()
  bench.tell(SIGNAL)
  bench.greet().welcome()
  bench.tell(SIGNAL)
  assert.deepEqual(bench.all('signal'), [])
  bench.joined()
  bench.tell(SIGNAL)
  assert.deepEqual(bench.all('signal'), [{ type: 'signal', ref: bench.ref, bytes: BYTES }])
  bench.page()
  bench.tell(SIGNAL)
  assert.equal(bench.all('signal').length, 2)
  bench.close()
  bench.tell(SIGNAL)
  assert.equal(bench.all('signal').length, 2)
})

test('W13: another session’s signal comes with who sent it', () => {
  const bench = new SessionBench().open().live()
  bench.hearOf({ type: 'signalled', session: 4, user: 'bob', bytes: BYTES })
  assert.deepEqual(bench.roomEffects('signalled'), [
    { type: 'signalled', room: ROOM_NUMBER, session: 4, user: 'bob', bytes: BYTES },
  ])
})

test('W17: a question is asked of a live room, and the relay’s view of this page comes back', () => {
  const bench = new SessionBench().open()
  bench.tell({ type: 'ask' })
  bench.live()
  assert.deepEqual(bench.all('ask'), [])
  bench.tell({ type: 'ask' })
  assert.deepEqual(bench.all('ask'), [{ type: 'ask', ref: bench.ref }])
  bench.hearOf({ type: 'view', ...VIEW })
  assert.deepEqual(bench.roomEffects('view'), [{ type: 'view', view: VIEW }])
})

test('W12, C5: who is in the room and who has seen what is handed on', () => {
  const bench = new SessionBench().open().live()
  const sessions = [{ session: 4, user: 'bob', state: 'away' }] as const
  bench.hearOf({ type: 'presence', isWhole: true, sessions })
  bench.hearOf({ type: 'seen', marks: [{ session: 4, through: 2 }] })
  assert.deepEqual(bench.roomEffects('presence'), [
    { type: 'presence', room: ROOM_NUMBER, isWhole: true, sessions },
  ])
  assert.deepEqual(bench.roomEffects('seen'), [
    { type: 'seen', room: ROOM_NUMBER, marks: [{ session: 4, through: 2 }] },
  ])
})

test('W4: what is said of a room that is not open here is nobody’s', () => {
  const bench = new SessionBench().open().live()
  assert.deepEqual(bench.hear({ type: 'seen', room: ROOM_NUMBER + 1, marks: [] }), [])
  assert.deepEqual(
    bench.do({ type: 'room', room: 'elsewhere' as RoomName, input: { type: 'ask' } }),
    [],
  )
  assert.equal(bench.session.phase.type, 'live')
})
