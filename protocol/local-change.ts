import { keyOf } from './ids.ts'
import type { EntryKey, Epoch } from './ids.ts'
import type { OutboxRow, RejectedRow } from './outbox-types.ts'

/** A batch as the browser keeps it. */
export type KeptBatch = {
  readonly epoch: Epoch
  readonly first: number
  readonly last: number
  readonly bytes: Uint8Array
}

/** One transaction of what a browser keeps of a room; where `forgetsLog`, that comes first. */
export type LocalChangeParts = {
  readonly putRows: readonly OutboxRow[]
  readonly dropRows: readonly EntryKey[]
  readonly putRejected: readonly RejectedRow[]
  readonly putBatches: readonly KeptBatch[]
  readonly forgetsLog: boolean
}

/** Collects what the next transaction does, and takes back what a failed one did not do. */
export class LocalChange {
  #drops = new Map<string, EntryKey>()
  #rejected: RejectedRow[] = []
  #batches: KeptBatch[] = []
  #forgetsLog = false

  get isEmpty(): boolean {
    const count = this.#drops.size + this.#rejected.length + this.#batches.length
    return count === 0 && !this.#forgetsLog
  }

  dropRow({ author, seq }: EntryKey): void {
    this.#drops.set(keyOf(author, seq), { author, seq })
  }

  keepRejected(row: RejectedRow): void {
    this.#rejected.push(row)
  }

  keepBatches(batches: readonly KeptBatch[]): void {
    this.#batches.push(...batches)
  }

  forgetLog(): void {
    this.#forgetsLog = true
    this.#batches = []
  }

  take(): Omit<LocalChangeParts, 'putRows'> {
    const parts = {
      dropRows: [...this.#drops.values()],
      putRejected: this.#rejected,
      putBatches: this.#batches,
      forgetsLog: this.#forgetsLog,
    }
    this.#drops = new Map()
    this.#rejected = []
    this.#batches = []
    this.#forgetsLog = false
    return parts
  }

  /** A transaction failed: what it was to do goes before what has come since. */
  putBack(parts: LocalChangeParts): void {
    for (const key of parts.dropRows) this.dropRow(key)
    this.#rejected = [...parts.putRejected, ...this.#rejected]
    if (!this.#forgetsLog) {
      this.#batches = [...parts.putBatches, ...this.#batches]
      this.#forgetsLog = parts.forgetsLog
    }
  }
}
