import type { Limits } from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { RelayFigures } from './figures.ts'
import type { Log } from './log.ts'
import type { Tuning } from './tuning.ts'

/** What every part of one relay shares. Nothing here is global: two relays in one process know nothing of each other. */
export type RelayContext = {
  readonly clock: Clock
  readonly limits: Limits
  readonly tuning: Tuning
  readonly log: Log
  readonly figures: RelayFigures
  readonly randomBytes: (count: number) => Uint8Array
}

/** Random between `ms` and twice that, so that those who were sent away together do not come back together. */
export const jitteredMs = ({ randomBytes }: RelayContext, ms: number): number => {
  const [high = 0, low = 0] = randomBytes(2)
  return Math.round(ms * (1 + (high * 256 + low) / 65_536))
}
