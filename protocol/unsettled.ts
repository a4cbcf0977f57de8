import type { Millis } from './ids.ts'

/** How many times that nobody waits since are left lying before the list is made shorter. */
const MOST_LEFT_BEHIND = 1024

/** What is unsettled, in figures: kept as entries come and go, so that nobody walks all of them after each input. */
export class Unsettled {
  #count = 0
  #bytes = 0
  /** How many wait since when, and those times in order: from {@link #first} on. */
  readonly #waiting = new Map<Millis, number>()
  #times: Millis[] = []
  #first = 0

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Since when the oldest one waits; undefined when there is none. */
  get oldest(): Millis | undefined {
    return this.#times[this.#first]
  }

  came(bytes: number, since: Millis): void {
    this.#count++
    this.#bytes += bytes
    const waiting = this.#waiting.get(since)
    this.#waiting.set(since, (waiting ?? 0) + 1)
    if (waiting !== undefined) return
    // Nearly always the newest.
    let at = this.#times.length
    while (at > this.#first && this.#times[at - 1]! > since) at--
    this.#times.splice(at, 0, since)
  }

  went(bytes: number, since: Millis): void {
    this.#count--
    this.#bytes -= bytes
    this.#waiting.set(since, this.#waiting.get(since)! - 1)
    for (; this.#waiting.get(this.#times[this.#first]!) === 0; this.#first++) {
      this.#waiting.delete(this.#times[this.#first]!)
    }
    if (this.#first < MOST_LEFT_BEHIND) return
    this.#times = this.#times.slice(this.#first)
    this.#first = 0
  }
}
