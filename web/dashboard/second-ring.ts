/** So far back the figures go. */
export const RING_SECONDS = 900

/**
 * Which seconds a ring of fixed size holds at present, and where. It knows nothing of what is kept there: whoever keeps
 * something clears a place when it is given to another second.
 *
 * A second is found by the time of what happened in it, never by a timer: a hidden tab whose timers come once a minute
 * leaves no hole.
 */
export class SecondRing {
  readonly #seconds = new Float64Array(RING_SECONDS).fill(-1)
  readonly #clear: (place: number) => void
  #newest = -1

  constructor(clear: (place: number) => void) {
    this.#clear = clear
  }

  /** The newest second that anything happened in, since 1970; -1 before that. */
  get newest(): number {
    return this.#newest
  }

  /** The place for something that happened then. */
  placeFor(atMs: number): number {
    const second = Math.floor(atMs / 1000)
    if (second <= this.#newest - RING_SECONDS) {
      // Minutes late is no event, but a clock that was set back: from here on time is what it says now.
      this.#seconds.fill(-1)
      this.#newest = -1
    }
    this.#newest = Math.max(this.#newest, second)
    const place = second % RING_SECONDS
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second
      this.#clear(place)
    }
    return place
  }

  /** Where this second is kept, if anything happened in it. */
  placeOf(second: number): number | undefined {
    const place = second % RING_SECONDS
    return second >= 0 && this.#seconds[place] === second ? place : undefined
  }
}
