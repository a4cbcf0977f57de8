import { RING_SECONDS, SecondRing } from './second-ring.ts'

/** What adds up within a second: bytes, frames, records. */
export class SecondSums {
  readonly #sums = new Float64Array(RING_SECONDS)
  readonly #ring = new SecondRing((place) => {
    this.#sums[place] = 0
  })

  get bytes(): number {
    return this.#sums.byteLength
  }

  add(atMs: number, amount: number): void {
    const place = this.#ring.placeFor(atMs)
    this.#sums[place] = (this.#sums[place] ?? 0) + amount
  }

  /** Of these seconds, both included. Nothing happened in a second that nobody told of. */
  between(first: number, last: number): number {
    let sum = 0
    for (let second = first; second <= last; second++) {
      const place = this.#ring.placeOf(second)
      if (place !== undefined) sum += this.#sums[place] ?? 0
    }
    return sum
  }
}
