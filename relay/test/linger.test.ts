import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../clock.ts'
import { Linger } from '../linger.ts'
import { DEFAULT_TUNING } from '../tuning.ts'

const lingerOf = (tuning: { gatherMs?: number } = {}) => {
  const at = { now: 0 }
  const clock = { ...systemClock, now: () => at.now }
  return { at, linger: new Linger(clock, { ...DEFAULT_TUNING, ...tuning }) }
}

test('S12: a commit begins at least 4 ms behind the one before, and behind a pause at once', () => {
  const { at, linger } = lingerOf()
  assert.equal(linger.ms, 0)
  linger.flushed()
  assert.equal(linger.ms, 4)
  at.now += 2.8
  assert.equal(linger.ms, 1)
  at.now += 1
  assert.equal(linger.ms, 0)
  at.now += 100
  assert.equal(linger.ms, 0)
})

test('S12: a window that somebody asked for is there behind a pause as well', () => {
  const { at, linger } = lingerOf({ gatherMs: 10 })
  assert.equal(linger.ms, 10)
  linger.flushed()
  at.now += 1
  assert.equal(linger.ms, 10)
})
