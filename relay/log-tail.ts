import type { Chain } from '../protocol/index.ts'

/** One durable batch of a room's log and the chain value after it. */
export type TailBatch = {
  readonly first: number
  readonly head: number
  readonly bytes: Uint8Array
  readonly chain: Chain
}

/** A room's latest batches in memory, so that most pulls are answered in the turn in which they came. */
export class LogTail {
  readonly #maxBytes: number
  #batches: TailBatch[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(batch: TailBatch): void {
    this.#batches.push(batch)
    this.#bytes += batch.bytes.length
    while (this.#bytes > this.#maxBytes && this.#batches.length > 1) {
      this.#bytes -= this.#batches.shift()!.bytes.length
    }
  }

  /** S18: what was compacted up to an offset is no more what it was. */
  dropThrough(offset: number): void {
    this.#batches = this.#batches.slice(this.#indexBehind(offset))
    this.#bytes = this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** The batches behind `after`, oldest first; undefined when some of them are only on disk. */
  behind(after: number): readonly TailBatch[] | undefined {
    const oldest = this.#batches[0]
    if (oldest === undefined || oldest.first > after + 1) return undefined
    return this.#batches.slice(this.#indexBehind(after))
  }

  /** The chain value at an offset: "inside" where no batch ends there, undefined where only the disk knows. */
  chainAt(offset: number): Chain | 'inside' | undefined {
    const oldest = this.#batches[0]
    if (oldest === undefined || offset < oldest.first) return undefined
    const batch = this.#batches[this.#indexBehind(offset - 1)]
    return batch?.head === offset ? batch.chain : 'inside'
  }

  /** Where the first batch is whose head is above `after`. */
  #indexBehind(after: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#batches[middle]!.head > after) high = middle
      else low = middle + 1
    }
    return low
  }
}
