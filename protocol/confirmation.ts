import type { UpFrame } from './frame.ts'
import type { Millis } from './ids.ts'

/** The relay tells marks no oftener. */
const EVERY_MS = 1000
const NOTHING: readonly UpFrame[] = []

/**
 * C5: how far the page has applied a room's log, as it tells the relay: at once where it has said nothing for a while, and then no oftener than
 * anybody hears of it. A message for each batch would cost the relay as much as the batch itself.
 */
export class Confirmation {
  #through: number | undefined
  #nextAt: Millis = -Infinity

  applied(through: number): void {
    this.#through = through
  }

  /** What was applied is of a log that is gone. */
  logBeginsAnew(): void {
    this.#through = undefined
  }

  deadline(): Millis | undefined {
    return this.#through === undefined ? undefined : this.#nextAt
  }

  /** Who asks what the relay thinks of this page tells it first. */
  hurry(): void {
    this.#nextAt = -Infinity
  }

  /** What is to be told now. */
  take(ref: number, now: Millis): readonly UpFrame[] {
    const through = this.#through
    if (through === undefined || now < this.#nextAt) return NOTHING
    this.#nextAt = now + EVERY_MS
    this.#through = undefined
    return [{ type: 'received', ref, through }]
  }
}
