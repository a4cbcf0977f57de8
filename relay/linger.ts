import type { Clock } from './clock.ts'
import type { Tuning } from './tuning.ts'

/**
 * S12: how long a commit waits for what others have ready. A commit costs about as much as everything else that is done for ten updates, so that they
 * keep a distance: whoever comes behind a pause waits for nobody, and under load as many share a commit as come within that distance.
 */
export class Linger {
  readonly #clock: Clock
  readonly #tuning: Tuning
  #flushedAt = -Infinity

  constructor(clock: Clock, tuning: Tuning) {
    this.#clock = clock
    this.#tuning = tuning
  }

  /** A commit begins. */
  flushed(): void {
    this.#flushedAt = this.#clock.now()
  }

  /** 0: to the end of this turn of the event loop. */
  get ms(): number {
    const { gatherMs, lingerMs } = this.#tuning
    const leftMs = Math.round(this.#flushedAt + lingerMs - this.#clock.now())
    return Math.max(gatherMs, leftMs, 0)
  }
}
