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
  /** By a row that no transaction has put yet: what it took the place of, and is still to be dropped. */
  #replaced = new Map<string, readonly EntryKey[]>()
  #rejected: RejectedRow[] = []
  #batches: KeptBatch[] = []
  #forgetsLog = false
  /** C9: a new log is being read; the old one stays on disk, with its rows, until all of the new one is here. */
  #isReadingAnew = false
  #held: { readonly drops: EntryKey[]; readonly batches: KeptBatch[] } = { drops: [], batches: [] }

  get isEmpty(): boolean {
    const count = this.#drops.size + this.#rejected.length + this.#batches.length
    return count === 0 && !this.#forgetsLog
  }

  get hasRejected(): boolean {
    return this.#rejected.length > 0
  }

  /** The row's record is in the log that this page has. */
  dropSettled({ author, seq }: EntryKey): void {
    if (!this.#isReadingAnew) return this.dropRow({ author, seq })
    this.#held.drops.push({ author, seq })
    // On disk it is still under the key that it had before.
    for (const old of this.#replaced.get(keyOf(author, seq)) ?? []) {
      if (this.#drops.delete(keyOf(old.author, old.seq))) this.#held.drops.push(old)
    }
  }

  dropRow({ author, seq }: EntryKey): void {
    this.#drops.set(keyOf(author, seq), { author, seq })
  }

  /** O7: `old` goes as `by` comes. */
  replaceRow(old: EntryKey, by: EntryKey): void {
    const key = keyOf(old.author, old.seq)
    const { author, seq } = old
    this.#replaced.set(keyOf(by.author, by.seq), [
      ...(this.#replaced.get(key) ?? []),
      { author, seq },
    ])
    this.#replaced.delete(key)
    this.dropRow(old)
  }

  keepRejected(row: RejectedRow): void {
    this.#rejected.push(row)
  }

  keepBatches(batches: readonly KeptBatch[]): void {
    const kept = this.#isReadingAnew ? this.#held.batches : this.#batches
    kept.push(...batches)
  }

  beginAnew(): void {
    this.#isReadingAnew = true
    // A row that was to leave the disk with a batch of the old log stays there, for the batch will never come.
    this.#held = { drops: [...this.#held.drops, ...this.#drops.values()], batches: [] }
    this.#drops = new Map()
    this.#batches = []
  }

  /** All of the new log is here, and what the old one had beyond it has its rows. */
  logRead(): void {
    if (!this.#isReadingAnew) return
    this.#isReadingAnew = false
    this.#forgetsLog = true
    this.#batches = this.#held.batches
    for (const key of this.#held.drops) this.dropRow(key)
    this.#held = { drops: [], batches: [] }
  }

  take(putRows: readonly OutboxRow[]): LocalChangeParts {
    const parts = {
      putRows,
      dropRows: [...this.#drops.values()],
      putRejected: this.#rejected,
      putBatches: this.#batches,
      forgetsLog: this.#forgetsLog,
    }
    this.#drops = new Map()
    this.#replaced = new Map()
    this.#rejected = []
    this.#batches = []
    this.#forgetsLog = false
    return parts
  }

  /** A transaction failed: what it was to do goes before what has come since. */
  putBack(parts: LocalChangeParts): void {
    for (const key of parts.dropRows) this.dropSettled(key)
    this.#rejected = [...parts.putRejected, ...this.#rejected]
    if (this.#forgetsLog || this.#isReadingAnew) return
    this.#batches = [...parts.putBatches, ...this.#batches]
    this.#forgetsLog = parts.forgetsLog
  }
}
