import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../clock.ts'
import { Linger } from '../linger.ts'
import { DEFAULT_TUNING } from '../tuning.ts'

const lingerOf = (tuning: { gatherMs?: number } = {}) => {
  const at = { now: 0 }
  const clock = { ...systemClock, now: () => at.now }
  const linger = new Linger(clock, { ...DEFAULT_TUNING, ...tuning })
  const request = (times: number, everyMs: number): number => {
    for (let n = 0; n < times; n++) {
      at.now += everyMs
      linger.requested()
    }
    return linger.ms
  }
  return { at, linger, request }
}

test('S12: a commit waits for others only under load', () => {
  const { at, linger, request } = lingerOf()
  assert.equal(linger.ms, 0)
  assert.equal(request(100, 5), 0)
  assert.equal(request(15, 0), 2)
  at.now += 50
  assert.equal(linger.ms, 0)
})

test('S12: a window that somebody asked for is there at any rate', () => {
  const { request } = lingerOf({ gatherMs: 10 })
  assert.equal(request(10, 100), 10)
  assert.equal(request(100, 1), 10)
})
