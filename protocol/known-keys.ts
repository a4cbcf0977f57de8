import { decodeVoid, recordHash } from './batch-codec.ts'
import type { LogRecord, RejectCode } from './batch.ts'
import { keyOf } from './ids.ts'
import type { Author, EntryHash } from './ids.ts'
import { REMEMBERED_HASHES } from './limits.ts'

export type Known = { readonly hash: EntryHash; readonly code: RejectCode | undefined }

/** S8: the latest durable keys and all that are not durable yet, oldest first, with the hashes of their entries. */
export class KnownKeys {
  readonly #known = new Map<string, Known>()
  /** From where on each author's seqs were seen here, and those that were refused, in order; most authors have none. */
  readonly #since = new Map<Author, number>()
  readonly #refused = new Map<Author, number[]>()

  of(author: Author, seq: number): Known | undefined {
    return this.#known.get(keyOf(author, seq))
  }

  add(author: Author, seq: number, known: Known): void {
    this.#known.set(keyOf(author, seq), known)
    if (!this.#since.has(author)) this.#since.set(author, seq)
    if (known.code === undefined) return
    const refused = this.#refused.get(author)
    if (refused === undefined) this.#refused.set(author, [seq])
    else refused.push(seq)
  }

  /**
   * K7: what a receipt through a seq may say: its hash, and from where on nothing was refused, as far as that is known. Undefined where it was refused
   * itself, or is not remembered any more.
   */
  runTo(
    author: Author,
    through: number,
  ): { readonly from: number; readonly hash: EntryHash } | undefined {
    const known = this.of(author, through)
    const since = this.#since.get(author)
    if (known === undefined || known.code !== undefined || since === undefined) return undefined
    const refused = this.#refused.get(author)?.findLast((seq) => seq < through) ?? 0
    return { from: Math.max(since, refused + 1), hash: known.hash }
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
