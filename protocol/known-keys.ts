import { decodeVoid, recordHash } from './batch-codec.ts'
import type { LogRecord, RejectCode } from './batch.ts'
import { keyOf } from './ids.ts'
import type { Author, EntryHash } from './ids.ts'
import { REMEMBERED_HASHES } from './limits.ts'

export type Known = { readonly hash: EntryHash; readonly code: RejectCode | undefined }

/** S8: the latest durable keys and all that are not durable yet, oldest first, with the hashes of their entries. */
export class KnownKeys {
  readonly #known = new Map<string, Known>()

  of(author: Author, seq: number): Known | undefined {
    return this.#known.get(keyOf(author, seq))
  }

  add(author: Author, seq: number, known: Known): void {
    this.#known.set(keyOf(author, seq), known)
  }

  addRecord(record: LogRecord): void {
    const refused = record.entry.kind === 'void' ? decodeVoid(record.entry.body) : undefined
    this.add(record.author, record.seq, { hash: recordHash(record), code: refused?.code })
  }

  /** Only so many are remembered besides those that are not durable. */
  forget(pendingCount: number): void {
    for (const key of this.#known.keys()) {
      if (this.#known.size - pendingCount <= REMEMBERED_HASHES) return
      this.#known.delete(key)
    }
  }
}
