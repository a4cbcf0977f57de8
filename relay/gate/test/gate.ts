import assert from 'node:assert/strict'
import { DEFAULT_GATE_LIMITS, RoomVector, isRefusal, walkUpdate } from '../index.ts'
import type { Walk } from '../index.ts'

/* The gate with its default bounds, for what a test takes for granted. */

export const LIMITS = DEFAULT_GATE_LIMITS

export const nobody = (): boolean => false
export const everybody = (): boolean => true

export const walked = (bytes: Uint8Array): Walk => {
  const walk = walkUpdate(bytes, LIMITS)
  if (isRefusal(walk)) assert.fail(walk.sentence)
  return walk
}

export const decoded = (bytes: Uint8Array): RoomVector => {
  const vector = RoomVector.decode(bytes, LIMITS)
  if (typeof vector === 'string') assert.fail(vector)
  return vector
}

/** The clocks of a vector as sorted pairs. */
export const clocksOf = (vector: RoomVector): (readonly [number, number])[] =>
  [...vector.clocks()].toSorted(([a], [b]) => a - b)
