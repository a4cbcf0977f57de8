import { keyOf } from './ids.ts'
import type { Author, EntryKey, Epoch } from './ids.ts'
import type { AppliedBatch } from './room-step.ts'
import type { Run } from './tab-frame.ts'
import { without } from './tab-runs.ts'

const MOST_BYTES = 1024 * 1024
const MOST_BATCHES = 512
const MOST_NOTED = 4096

type Kept = { readonly first: number; readonly last: number; readonly bytes: Uint8Array }

/** What a tab has lately read of the log: batches to hand on, and which rows are in it. */
export class TabLog {
  #epoch: Epoch | undefined
  #batches: Kept[] = []
  #bytes = 0
  /** The highest seq of each author, of those that were seen last. */
  readonly #marks = new Map<Author, number>()
  /** First keys of entries that were re-homed, those that were seen last. */
  readonly #origins = new Set<string>()

  get epoch(): Epoch | undefined {
    return this.#epoch
  }

  applied(epoch: Epoch, batches: readonly AppliedBatch[]): void {
    this.#epoch = epoch
    for (const { batch, bytes } of batches) {
      for (const { author, seq, entry } of batch.records) {
        note(this.#marks, author, seq)
        if (entry.origin !== undefined) this.#noteOrigin(entry.origin)
      }
      const { first, last } = batch
      if (this.#batches.at(-1)?.last !== first - 1) this.#forget(this.#batches.length)
      this.#batches.push({ first, last, bytes: bytes.slice() })
      this.#bytes += bytes.length
    }
    let over = 0
    for (let bytes = this.#bytes; bytes > MOST_BYTES; over++)
      bytes -= this.#batches[over]!.bytes.length
    this.#forget(Math.max(over, this.#batches.length - MOST_BATCHES))
  }

  /** C9: nothing of the old log is believed. */
  clear(): void {
    this.#epoch = undefined
    this.#forget(this.#batches.length)
    this.#marks.clear()
    this.#origins.clear()
  }

  /** The batches behind an offset, up to a size but one at least; undefined where they are not in memory. */
  behind(after: number, maxBytes: number): readonly Uint8Array[] | undefined {
    const at = this.#batches.findIndex(({ first }) => first === after + 1)
    return at < 0
      ? undefined
      : upTo(
          this.#batches.slice(at).map(({ bytes }) => bytes),
          maxBytes,
        )
  }

  /** S1: seqs of one author are dense in the log, so what is below its mark is in it. A re-homed one is known by its first key. */
  has(author: Author, seq: number): boolean {
    return seq <= (this.#marks.get(author) ?? 0) || this.#origins.has(keyOf(author, seq))
  }

  /** What of these is not known to be in the log. */
  lacks(runs: readonly Run[]): Run[] {
    const marks = runs.map(({ author }) => {
      return { author, from: 1, through: this.#marks.get(author) ?? 0 }
    })
    return without(runs, marks)
  }

  #noteOrigin({ author, seq }: EntryKey): void {
    this.#origins.add(keyOf(author, seq))
    if (this.#origins.size <= MOST_NOTED) return
    for (const oldest of this.#origins) {
      this.#origins.delete(oldest)
      return
    }
  }

  #forget(count: number): void {
    if (count <= 0) return
    for (const { bytes } of this.#batches.splice(0, count)) this.#bytes -= bytes.length
  }
}

/** As many as fit, but one at least where there is one. */
export const upTo = (batches: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] => {
  let bytes = 0
  const over = batches.findIndex((batch, at) => {
    bytes += batch.length
    return at > 0 && bytes > maxBytes
  })
  return over < 0 ? batches : batches.slice(0, over)
}

const note = (marks: Map<Author, number>, author: Author, seq: number): void => {
  const before = marks.get(author) ?? 0
  marks.delete(author)
  marks.set(author, Math.max(before, seq))
  if (marks.size <= MOST_NOTED) return
  for (const oldest of marks.keys()) {
    marks.delete(oldest)
    return
  }
}
