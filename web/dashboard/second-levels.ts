import { RING_SECONDS, SecondRing } from './second-ring.ts'

/**
 * What stands at a level until it changes: entries waiting, a round trip. Of each second the highest and the last level are
 * kept; a second in which nothing was told has the level of the one before.
 */
export class SecondLevels {
  readonly #highest = new Float64Array(RING_SECONDS).fill(NaN)
  readonly #last = new Float64Array(RING_SECONDS).fill(NaN)
  readonly #ring = new SecondRing((place) => {
    this.#forgotten = this.#last[place] ?? NaN
    this.#highest[place] = NaN
    this.#last[place] = NaN
  })
  #level = NaN
  /** The last level of the newest second whose place was given away: what holds before those that are kept. */
  #forgotten = NaN

  get bytes(): number {
    return this.#highest.byteLength + this.#last.byteLength
  }

  /** `level` holds from then on; NaN: it is not known any more. */
  set(atMs: number, level: number): void {
    const place = this.#ring.placeFor(atMs)
    const before = this.#highest[place]
    // The second begins with the level that was there already.
    const start = before === undefined || Number.isNaN(before) ? this.#level : before
    this.#highest[place] = higher(start, level)
    this.#last[place] = level
    this.#level = level
  }

  /** The highest level of each of some spans of seconds, the oldest first; NaN where none is known. */
  highestOf(first: number, spanSeconds: number, spanCount: number): number[] {
    let level = this.#levelBefore(first)
    return Array.from({ length: spanCount }, (_, span) => {
      let highest = NaN
      const start = first + span * spanSeconds
      for (let second = start; second < start + spanSeconds; second++) {
        const place = this.#ring.placeOf(second)
        if (place === undefined) highest = higher(highest, level)
        else {
          highest = higher(highest, this.#highest[place] ?? NaN)
          level = this.#last[place] ?? NaN
        }
      }
      return highest
    })
  }

  #levelBefore(second: number): number {
    const { newest } = this.#ring
    for (let back = Math.min(second - 1, newest); back > newest - RING_SECONDS; back--) {
      const place = this.#ring.placeOf(back)
      if (place !== undefined) return this.#last[place] ?? NaN
    }
    return this.#forgotten
  }
}

const higher = (one: number, other: number): number => {
  if (Number.isNaN(one)) return other
  return Number.isNaN(other) ? one : Math.max(one, other)
}
