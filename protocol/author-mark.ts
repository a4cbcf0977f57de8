import type { RejectCode } from './batch.ts'
import type { BatchParts } from './batch-codec.ts'
import type { Writer } from './sequencer-types.ts'

/** A record that is not durable yet, and who is to be told when it is. */
export type Taken = BatchParts['records'][number] & {
  readonly code: RejectCode | undefined
  readonly askers: Writer[]
}

/** How far an author has come in a room's log, durable and not. */
export class AuthorMark {
  readonly user: string
  durable: number
  pending: number
  /** What was taken and is not durable, by seq: a key as one text would have to be made, hashed and kept for each entry. */
  #taken: Map<number, Taken> | undefined

  constructor(user: string, durable: number) {
    this.user = user
    this.durable = durable
    this.pending = durable
  }

  /** The entry of a seq while it is not durable. */
  taken(seq: number): Taken | undefined {
    return this.#taken?.get(seq)
  }

  took(taken: Taken): void {
    this.pending = taken.seq
    this.#taken ??= new Map()
    this.#taken.set(taken.seq, taken)
  }

  /** S3: an entry that was taken is durable. */
  settled(seq: number): void {
    this.durable = seq
    this.#taken?.delete(seq)
    if (this.#taken?.size === 0) this.#taken = undefined
  }

  /** S7: an entry of the stored log. */
  replayed(seq: number): void {
    this.durable = seq
    this.pending = seq
  }
}
