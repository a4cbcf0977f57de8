import type { UpFrame } from './frame.ts'
import type { Millis } from './ids.ts'

/** So long after the last record nobody is writing any more, and so long at the most somebody who writes on waits to be told who has seen it. */
const QUIET_MS = 1000
const MOST_MS = 5000
const NOTHING: readonly UpFrame[] = []

/**
 * C5: how far the page has applied a room's log, as it tells the relay. A message for each batch would cost the relay as much as the batch itself, and while
 * somebody writes on nobody waits for it.
 */
export class Confirmation {
  #through: number | undefined
  #appliedAt: Millis = -Infinity
  #sentAt: Millis = -Infinity
  /** Records move what is due and not this, so that no timer is set for each of them. */
  #lookAt: Millis = -Infinity

  applied(through: number, now: Millis): void {
    const isFirst = this.#through === undefined
    this.#through = through
    this.#appliedAt = now
    if (!isFirst) return
    if (now >= this.#sentAt + QUIET_MS) this.hurry()
    this.#lookAt = this.#dueAt
  }

  /** What was applied is of a log that is gone. */
  logBeginsAnew(): void {
    this.#through = undefined
  }

  deadline(): Millis | undefined {
    return this.#through === undefined ? undefined : this.#lookAt
  }

  /** Who asks what the relay thinks of this page tells it first. */
  hurry(): void {
    this.#sentAt = -Infinity
    this.#lookAt = -Infinity
  }

  /** What is to be told now. */
  take(ref: number, now: Millis): readonly UpFrame[] {
    const through = this.#through
    if (through === undefined || now < this.#lookAt) return NOTHING
    this.#lookAt = this.#dueAt
    if (now < this.#lookAt) return NOTHING
    this.#sentAt = now
    this.#through = undefined
    return [{ type: 'received', ref, through }]
  }

  get #dueAt(): Millis {
    return Math.min(this.#appliedAt + QUIET_MS, this.#sentAt + MOST_MS)
  }
}
