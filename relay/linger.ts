import type { Clock } from './clock.ts'
import type { Tuning } from './tuning.ts'

/** So many requests within so many milliseconds are load: 320 a second. */
const COUNT = 16
const WITHIN_MS = 50

/**
 * S12: how long a commit waits for what others have ready. A commit costs about as much as everything else that is done for ten updates, and at low rates
 * nobody would be there to share it, so that only under load one is waited for.
 */
export class Linger {
  readonly #clock: Clock
  readonly #tuning: Tuning
  readonly #times = new Float64Array(COUNT).fill(-Infinity)
  #at = 0

  constructor(clock: Clock, tuning: Tuning) {
    this.#clock = clock
    this.#tuning = tuning
  }

  /** A room has something to commit. */
  requested(): void {
    this.#times[this.#at] = this.#clock.now()
    this.#at = (this.#at + 1) % COUNT
  }

  /** 0: to the end of this turn of the event loop. */
  get ms(): number {
    const { gatherMs, lingerMs } = this.#tuning
    const isLoaded = this.#clock.now() - this.#times[this.#at]! < WITHIN_MS
    return isLoaded ? Math.max(gatherMs, lingerMs) : gatherMs
  }
}
