import { decodeVoid, recordHash } from './batch-codec.ts'
import type { LogRecord, RejectCode } from './batch.ts'
import type { Author, EntryHash } from './ids.ts'
import { REMEMBERED_HASHES } from './limits.ts'

export type Known = { readonly hash: EntryHash; readonly code: RejectCode | undefined }

/** What is remembered of one author's keys. */
type OfAuthor = {
  /** From where on its seqs were seen here: one behind the other. */
  readonly since: number
  /** The oldest of them that is remembered, or else the next one. A map is no help to find it: it looks at all that were deleted. */
  oldest: number
  /** Undefined while nothing is remembered: most authors of a room wrote long ago. */
  known: Map<number, Known> | undefined
  /** Those that were refused, in order; of most authors none was. */
  refused: number[] | undefined
}

/** So many places of forgotten keys are left lying before the list is made shorter. */
const MOST_LEFT_BEHIND = 1024

/** S8: the latest durable keys and all that are not durable yet, oldest first, with the hashes of their entries. */
export class KnownKeys {
  readonly #authors = new Map<Author, OfAuthor>()
  /** Whose each remembered key is, oldest first, from {@link #first} on: an author's own come in the order of their seqs. */
  #order: Author[] = []
  #first = 0

  of(author: Author, seq: number): Known | undefined {
    return this.#authors.get(author)?.known?.get(seq)
  }

  /** `seq` is the next one behind all that were added of this author. */
  add(author: Author, seq: number, known: Known): void {
    let own = this.#authors.get(author)
    if (own === undefined) {
      own = { since: seq, oldest: seq, known: undefined, refused: undefined }
      this.#authors.set(author, own)
    }
    // No key as one text, which would have to be made, hashed and kept for each entry.
    own.known ??= new Map()
    own.known.set(seq, known)
    this.#order.push(author)
    if (known.code === undefined) return
    if (own.refused === undefined) own.refused = [seq]
    else own.refused.push(seq)
  }

  /**
   * K7: what a receipt through a seq may say: its hash, and from where on nothing was refused, as far as that is known. Undefined where it was refused
   * itself, or is not remembered any more.
   */
  runTo(
    author: Author,
    through: number,
  ): { readonly from: number; readonly hash: EntryHash } | undefined {
    const own = this.#authors.get(author)
    const known = own?.known?.get(through)
    if (own === undefined || known === undefined || known.code !== undefined) return undefined
    const refused = own.refused?.findLast((seq) => seq < through) ?? 0
    return { from: Math.max(own.since, refused + 1), hash: known.hash }
  }

  addRecord(record: LogRecord): void {
    const refused = record.entry.kind === 'void' ? decodeVoid(record.entry.body) : undefined
    this.add(record.author, record.seq, { hash: recordHash(record), code: refused?.code })
  }

  /** Only so many are remembered besides those that are not durable. */
  forget(pendingCount: number): void {
    const most = REMEMBERED_HASHES + pendingCount
    while (this.#order.length - this.#first > most) this.#forgetOldest(this.#order[this.#first++]!)
    if (this.#first < MOST_LEFT_BEHIND) return
    this.#order = this.#order.slice(this.#first)
    this.#first = 0
  }

  #forgetOldest(author: Author): void {
    const own = this.#authors.get(author)
    own?.known?.delete(own.oldest++)
    if (own?.known?.size === 0) own.known = undefined
  }
}
