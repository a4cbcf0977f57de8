import type { Millis } from './ids.ts'

/** How late our own timer may be before we think that our loop stood still rather than the other end. */
const STALL_MS = 1000
/** How long the socket gets to be drained after such a stall. */
const DRAIN_MS = 500
/** How soon a question of ours must be answered. */
const ANSWER_MS = 4000

/** W11: judges from the other end's silence that a link is dead, but never after a stall of our own. */
export class Silence {
  #silenceMs = 0
  #heardAt: Millis = 0
  #judgeAt: Millis = 0

  begin(silenceMs: number, now: Millis): void {
    this.#silenceMs = silenceMs
    this.heard(now)
  }

  heard(now: Millis): void {
    this.#heardAt = now
    this.#judgeAt = now + this.#silenceMs
  }

  asked(now: Millis): void {
    this.#judgeAt = Math.min(this.#judgeAt, now + ANSWER_MS)
  }

  deadline(): Millis {
    return this.#judgeAt
  }

  /** Whether the other end has missed a beat: whatever is said now may never be answered, and W11 judges it. */
  isQuiet(now: Millis): boolean {
    return now >= this.#heardAt + this.#silenceMs / 2
  }

  isDead(now: Millis): boolean {
    if (now < this.#judgeAt) return false
    if (now < this.#judgeAt + STALL_MS) return true
    // Our timer came too late: what the other end said may be waiting in the socket.
    this.#judgeAt = now + DRAIN_MS
    return false
  }
}
