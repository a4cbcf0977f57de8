import { decodeBatch, isChained } from './batch-codec.ts'
import { emptyChain, nextChain } from './hash.ts'
import { ID_BYTES, fromHex } from './ids.ts'
import type { Chain, RoomName } from './ids.ts'

/** C14: what the relay says of its log: with it a run of batches is known for the log's own, whoever hands it over. */
export type Vouched = {
  readonly head: number
  /** S6: the log's at its head. */
  readonly chain: Chain
  /** S18: where the compacted batches at the log's start end, and {@link frontHash} over them. */
  readonly compacted: { readonly through: number; readonly hash: Chain } | undefined
}

/** `more`: it fits, and goes on; `forged`: nobody's log; `unproven`: another one's, or one that was compacted at another time. */
export type Proof = 'more' | 'proven' | 'forged' | 'unproven'

const NOTHING = new Uint8Array(ID_BYTES)

/** C14: the value over compacted batches: over the one before it and all of the next batch's bytes. */
export const frontHash = (before: Chain | undefined, batch: Uint8Array): Chain =>
  nextChain(before === undefined ? NOTHING : fromHex(before), batch)

/** C14: a run of batches from the log's start, held against what the relay vouched for. Nothing of it counts before it is proven. */
export class LogProof {
  readonly #vouched: Vouched
  readonly #batches: Uint8Array[] = []
  #chain: Chain
  #front: Chain | undefined
  #through = 0
  #bytes = 0

  constructor(room: RoomName, vouched: Vouched) {
    this.#vouched = vouched
    this.#chain = emptyChain(room)
  }

  /** How far it goes. */
  get through(): number {
    return this.#through
  }

  get bytes(): number {
    return this.#bytes
  }

  get batches(): readonly Uint8Array[] {
    return this.#batches
  }

  /** The next batches; what stands behind the vouched head is left out. After anything but `more` it is over. */
  take(batches: readonly Uint8Array[]): Proof {
    for (const bytes of batches) {
      const proof = this.#takeOne(bytes)
      if (proof !== 'more') return proof
    }
    return 'more'
  }

  #takeOne(bytes: Uint8Array): Proof {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string' || batch.first !== this.#through + 1) return 'forged'
    const { compacted, head, chain } = this.#vouched
    if (batch.isCompacted) {
      // Of what is compacted only this hash says anything: nothing else stands before it.
      const isFront = this.#through === 0 || this.#front !== undefined
      if (!isFront || compacted === undefined || batch.last > compacted.through) return 'unproven'
      this.#front = frontHash(this.#front, bytes)
      if (batch.last === compacted.through && this.#front !== compacted.hash) return 'unproven'
    } else {
      const isInFront = this.#front !== undefined && this.#through < compacted!.through
      if (isInFront) return 'unproven'
      if (!isChained(batch, bytes, this.#chain)) return 'forged'
    }
    if (batch.last > head) return 'unproven'
    this.#batches.push(bytes.slice())
    this.#bytes += bytes.length
    this.#through = batch.last
    this.#chain = batch.chainAfter
    if (batch.last < head) return 'more'
    return this.#chain === chain ? 'proven' : 'unproven'
  }
}
