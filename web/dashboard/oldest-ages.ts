import { RING_SECONDS, SecondRing } from './second-ring.ts'

/**
 * How old the oldest entry that waits was, second by second. An age grows by itself, so since when it waits is kept, and each
 * age that ended: what was settled within a few ms never looks as if it had waited for the whole second.
 */
export class OldestAges {
  readonly #ended = new Float64Array(RING_SECONDS)
  readonly #since = new Float64Array(RING_SECONDS).fill(NaN)
  readonly #ring = new SecondRing((place) => {
    this.#forgotten = this.#since[place] ?? NaN
    this.#ended[place] = 0
    this.#since[place] = NaN
  })
  #current = NaN
  #forgotten = NaN

  get bytes(): number {
    return this.#ended.byteLength + this.#since.byteLength
  }

  /** From then on the oldest entry is one that waits for `ageMs` already; undefined: none waits. */
  set(atMs: number, ageMs: number | undefined): void {
    const place = this.#ring.placeFor(atMs)
    const ended = Number.isNaN(this.#current) ? 0 : Math.max(0, atMs - this.#current)
    this.#ended[place] = Math.max(this.#ended[place] ?? 0, ended)
    this.#current = ageMs === undefined ? NaN : atMs - ageMs
    this.#since[place] = this.#current
  }

  /** The greatest age, in ms, in each of some spans of seconds, the oldest first; 0 where nothing waited. */
  greatestOf(first: number, spanSeconds: number, spanCount: number, nowMs: number): number[] {
    let since = this.#sinceBefore(first)
    return Array.from({ length: spanCount }, (_, span) => {
      let greatest = 0
      const start = first + span * spanSeconds
      for (let second = start; second < start + spanSeconds; second++) {
        const place = this.#ring.placeOf(second)
        if (place !== undefined) {
          greatest = Math.max(greatest, this.#ended[place] ?? 0)
          since = this.#since[place] ?? NaN
        }
        const endMs = Math.min((second + 1) * 1000, nowMs)
        if (!Number.isNaN(since)) greatest = Math.max(greatest, endMs - since)
      }
      return greatest
    })
  }

  #sinceBefore(second: number): number {
    const { newest } = this.#ring
    for (let back = Math.min(second - 1, newest); back > newest - RING_SECONDS; back--) {
      const place = this.#ring.placeOf(back)
      if (place !== undefined) return this.#since[place] ?? NaN
    }
    return this.#forgotten
  }
}
