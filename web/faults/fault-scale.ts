import type { FaultField } from '../../kit/testing/index.ts'

/*
 * A slider goes over stops that people would choose, close together where a little matters. Further to the right is always
 * worse: no bound on the speed stands at the left.
 */

const DELAYS_MS = [
  0, 5, 10, 20, 40, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000,
  5000, 6000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
]

const SPEEDS = [
  0, 125_000_000, 12_500_000, 1_250_000, 500_000, 250_000, 100_000, 60_000, 40_000, 30_000, 20_000,
  15_000, 10_000, 5000, 2000, 1000, 500, 200, 100,
]

const PROBABILITIES = [
  0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6,
  0.7, 0.8, 0.9, 1,
]

const FRAMES = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100]

const STOPS: Readonly<Record<string, readonly number[]>> = {
  ms: DELAYS_MS,
  'bytes per second': SPEEDS,
  probability: PROBABILITIES,
  frames: FRAMES,
}

/** The values of a number's slider, from its left to its right. Each is in the field's range. */
export const stopsOf = ({ field, unit }: FaultField): readonly number[] => {
  const stops = STOPS[unit]
  if (stops === undefined) throw new Error(`${field} is no number.`)
  return stops
}

/** Where the slider stands for a value: at the stop that is nearest in proportion, and at 0 for nothing but 0. */
export const placeOf = (field: FaultField, value: number): number => {
  const stops = stopsOf(field)
  let best = 0
  for (const [at, stop] of stops.entries()) {
    if (distance(stop, value) < distance(stops[best] ?? 0, value)) best = at
  }
  return best
}

const distance = (stop: number, value: number): number => {
  if (stop === value) return 0
  if (stop === 0 || value === 0) return Infinity
  return Math.abs(Math.log(stop / value))
}
