import type { Millis } from './ids.ts'

const FIRST_CAP_MS = 500
const LAST_CAP_MS = 30_000
const STABLE_MS = 10_000

/**
 * C7: exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015): a random wait in [0, cap), the cap doubling with every attempt from 0.5 s to 30 s.
 */
export class Backoff {
  readonly #random: () => number
  readonly #lastCapMs: () => number
  #attempts = 0

  /** `lastCapMs`: what the cap grows to, asked each time; 30 s where it is not given. */
  constructor(random: () => number, lastCapMs: () => number = () => LAST_CAP_MS) {
    this.#random = random
    this.#lastCapMs = lastCapMs
  }

  /** How long to wait before the next attempt, at least as long as the relay said. */
  nextWaitMs(retryAfterMs: number): Millis {
    const capMs = Math.min(this.#lastCapMs(), FIRST_CAP_MS * 2 ** this.#attempts)
    this.#attempts++
    return retryAfterMs + this.#random() * capMs
  }

  /** A connection ended that was synced since `syncedSince`: only one that held for 10 s counts as success. */
  ended(syncedSince: Millis | undefined, now: Millis): void {
    if (syncedSince !== undefined && now - syncedSince >= STABLE_MS) this.#attempts = 0
  }
}
