import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_QUARANTINE } from '../jobs/quarantine.ts'
import { startLoopWatch } from '../jobs/loop-watch.ts'
import { readWorkNote, workNote } from '../jobs/work-note.ts'
import { watchRoomDeaths } from '../supervisor/room-deaths.ts'
import { bench } from './core-bench.ts'

const OUT_OF_MEMORY = { code: null, signal: 'SIGABRT', isKillAsked: false }
const KILLED = { code: null, signal: 'SIGKILL', isKillAsked: false }
const ENDED = { code: 7, signal: null, isKillAsked: false }
const STOPPED = { code: 0, signal: null, isKillAsked: false }

const desk = (t: { after: (run: () => void) => void }) => {
  let now = 0
  const deaths = watchRoomDeaths(() => now)
  t.after(() => deaths.close())
  const note = workNote(deaths.noteFd!)
  return { deaths, note, wait: (ms: number) => void (now += ms) }
}

test('J15: a room that the process was at work for three times when it ended itself is closed, and told so', (t) => {
  const { deaths, note, wait } = desk(t)
  for (const ended of [OUT_OF_MEMORY, ENDED]) {
    assert.deepEqual(deaths.closedRooms(), [])
    note.enter('bad')
    assert.deepEqual(deaths.died(ended), ['It was at work for room "bad".'])
    wait(1000)
  }
  deaths.closedRooms()
  note.enter('bad')
  const [sentence] = deaths.died(OUT_OF_MEMORY)
  assert.equal(
    sentence,
    'It was at work for room "bad", as 2 times before: that room stays closed for 10 minutes. All others go on.',
  )
  wait(60_000)
  assert.deepEqual(deaths.closedRooms(), [{ room: 'bad', reason: 'crash', leftMs: 540_000 }])
  wait(540_000)
  assert.deepEqual(deaths.closedRooms(), [])
})

test('J15: nothing counts that no room did: kills, a clean end, a death between two rooms, old deaths', (t) => {
  const { deaths, note, wait } = desk(t)
  note.enter('room')
  for (const ended of [KILLED, STOPPED, { ...KILLED, signal: 'SIGTERM' }]) {
    assert.deepEqual(deaths.died(ended), [])
  }
  note.leave()
  assert.deepEqual(deaths.died(OUT_OF_MEMORY), [])
  // What a dead process left behind is not its successor's.
  note.enter('room')
  deaths.closedRooms()
  assert.deepEqual(deaths.died(OUT_OF_MEMORY), [])
  for (let at = 0; at < 6; at++) {
    note.enter('room')
    deaths.died(OUT_OF_MEMORY)
    wait(DEFAULT_QUARANTINE.windowMs / 2)
  }
  assert.deepEqual(deaths.closedRooms(), [])
})

test('J15, J10: the note says for which room the loop works, the longest and the shortest name, and what is within another', async (t) => {
  const { deaths } = desk(t)
  const fd = deaths.noteFd!
  const watch = startLoopWatch({ note: workNote(fd) })
  t.after(() => watch.stop())
  const [long, short] = ['x'.repeat(128), 'y']
  assert.equal(readWorkNote(fd), undefined)
  watch.during(long, () => {
    assert.equal(readWorkNote(fd), long)
    watch.during(long, () => undefined)
    assert.equal(readWorkNote(fd), long)
    watch.during(short, () => assert.equal(readWorkNote(fd), short))
    assert.equal(readWorkNote(fd), long)
  })
  assert.equal(readWorkNote(fd), undefined)
  assert.throws(() =>
    watch.during(short, () => {
      throw new Error('a bug')
    }),
  )
  assert.equal(readWorkNote(fd), undefined, 'what is thrown ends the work as well')
  await watch.ready
})

test('J15: a relay that is told of a closed room lets nobody into it, everybody into the others, and an operator can release it', async () => {
  const closedRooms = [{ room: 'room', reason: 'crash', leftMs: 300_000 }] as const
  const one = bench({ closedRooms })
  const peer = one.peer().hello().join(1, 'room').join(2, 'other')
  const { code, retryAfterMs } = await peer.got('parted')
  assert.equal(code, 'cannot-load')
  assert.ok(retryAfterMs >= 15_000 && retryAfterMs <= 30_000, 'to look again')
  await peer.got('joined')
  assert.equal(one.core.figures().roomQuarantines, 1)
  assert.ok(one.core.releaseRoom('room'))
  peer.join(3, 'room')
  await peer.got('joined', 2)
})
