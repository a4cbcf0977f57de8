import { BIN_COUNT, binOf, percentile } from './latency-histogram.ts'
import { RING_SECONDS, SecondRing } from './second-ring.ts'

export type Percentiles = {
  readonly count: number
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

/** How long acks took, in ms: a histogram for each of the last seconds, so that any span of them has true percentiles. */
export class AckLatencies {
  readonly #bins = new Uint16Array(RING_SECONDS * BIN_COUNT)
  readonly #counts = new Uint32Array(RING_SECONDS)
  readonly #sum = new Uint32Array(BIN_COUNT)
  readonly #ring = new SecondRing((place) => {
    this.#bins.fill(0, place * BIN_COUNT, (place + 1) * BIN_COUNT)
    this.#counts[place] = 0
  })

  get bytes(): number {
    return this.#bins.byteLength + this.#counts.byteLength + this.#sum.byteLength
  }

  add(atMs: number, ackMs: number): void {
    const place = this.#ring.placeFor(atMs)
    const at = place * BIN_COUNT + binOf(ackMs)
    // A bin that is full stays full: 65,535 acks of one length in one second.
    this.#bins[at] = Math.min(0xffff, (this.#bins[at] ?? 0) + 1)
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
  }

  /** Of all acks of these seconds, both included. */
  between(first: number, last: number): Percentiles {
    const sum = this.#sum.fill(0)
    let count = 0
    for (let second = first; second <= last; second++) {
      const place = this.#ring.placeOf(second)
      if (place === undefined || this.#counts[place] === 0) continue
      count += this.#counts[place] ?? 0
      const start = place * BIN_COUNT
      for (let bin = 0; bin < BIN_COUNT; bin++) {
        sum[bin] = (sum[bin] ?? 0) + (this.#bins[start + bin] ?? 0)
      }
    }
    return {
      count,
      p50: percentile(sum, 0.5),
      p95: percentile(sum, 0.95),
      p99: percentile(sum, 0.99),
    }
  }
}
