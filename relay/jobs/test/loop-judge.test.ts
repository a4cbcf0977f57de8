import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLoopJudge } from '../loop-judge.ts'
import type { StallReport } from '../loop-judge.ts'
import { markerWriter, newMarkerMemory, readMark } from '../room-marker.ts'

const OPTIONS = { stallMs: 500, lookMs: 50 }

/** Looks at `marks`, one every 50 ms: what is reported, and at which look. */
const reportsOf = (
  beats: readonly number[],
  stepMs: (at: number) => number = () => 50,
): (StallReport & { readonly look: number })[] => {
  const judge = createLoopJudge(OPTIONS)
  let now = 1000
  return beats.flatMap((beat, look) => {
    now += stepMs(look)
    const report = judge({ beat, room: 'a', isInside: true }, now)
    return report === undefined ? [] : [{ ...report, look }]
  })
}

test('J10: a loop without a beat is reported once while it stands still, and once when it works again', () => {
  const still = Array.from({ length: 30 }, () => 7)
  assert.deepEqual(reportsOf([5, 6, ...still, 8, 9]), [
    { type: 'stalled', room: 'a', isInside: true, ms: 500, look: 12 },
    { type: 'over', room: 'a', isInside: true, ms: 1450, look: 32 },
  ])
})

test('J10: a loop that beats, however slowly, is not reported', () => {
  const beats = Array.from({ length: 100 }, (_, at) => Math.floor(at / 9))
  assert.deepEqual(reportsOf(beats), [])
})

test('J10: a machine that slept is not a loop that stood still', () => {
  const beats = [1, 2, 3, 3, 4, 5]
  const sleeps = (at: number): number => (at === 3 ? 3_600_000 : 50)
  assert.deepEqual(reportsOf(beats, sleeps), [])
})

test('J10: the room of a report is the one of the moment in which it was made', () => {
  const judge = createLoopJudge(OPTIONS)
  for (let at = 0; at < 10; at++) judge({ beat: 1, room: 'a', isInside: true }, at * 50)
  const mark = { beat: 1, room: 'a', isInside: false }
  assert.deepEqual(judge(mark, 500), { type: 'stalled', room: 'a', isInside: false, ms: 500 })
})

test('J10: the other side reads the room that is worked for, and whether it still is', () => {
  const memory = newMarkerMemory()
  const { enter, leave, beat } = markerWriter(memory)
  assert.deepEqual(readMark(memory), { beat: 0, room: undefined, isInside: false })
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._~:@-]{0,127}$/)), (rooms) => {
      for (const room of rooms) {
        enter(room)
        beat()
        assert.deepEqual({ ...readMark(memory), beat: 0 }, { beat: 0, room, isInside: true })
        leave()
        assert.deepEqual({ ...readMark(memory), beat: 0 }, { beat: 0, room, isInside: false })
      }
    }),
  )
  const { beat: before } = readMark(memory)
  beat()
  assert.equal(readMark(memory).beat, before + 1)
})

test('J10: a name that is being written is not read', () => {
  const memory = newMarkerMemory()
  markerWriter(memory).enter('a')
  Atomics.add(new Int32Array(memory), 0, 1)
  assert.equal(readMark(memory).room, undefined)
})
