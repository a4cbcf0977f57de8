import * as Y from 'yjs'
import {
  NONE_EXPIRED,
  addExpired,
  decodeBatch,
  encodeCompacted,
  encodeEntry,
} from '../../../protocol/index.ts'
import type {
  Author,
  Batch,
  CompactedParts,
  ExpiredEvents,
  LogRecord,
} from '../../../protocol/index.ts'
import type { JobPage } from '../job-messages.ts'
import type { JobWork } from '../serve-jobs.ts'
import { createDocReader } from './document.ts'
import type { JobKinds } from './job-kinds.ts'

type Record = CompactedParts['records'][number]
/** Where a batch ended: there a compacted one may end as well. */
type End = Pick<CompactedParts, 'last' | 'epoch' | 'chainAfter' | 'code'>

const bytesOf = (records: readonly Record[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** S18: what stays of a part of a log that ends at a batch's end; its batches come in pages. */
class Compaction {
  readonly #input: JobKinds['compact']['input']
  readonly #reader = createDocReader()
  /** Of the page that is being taken. */
  #updates: Uint8Array[] = []
  readonly #parts: CompactedParts[] = []
  /** Of the part that is being filled. */
  #records: Record[] = []
  #expired: ExpiredEvents = NONE_EXPIRED
  #newlyExpired = 0
  #first: number
  #end: End | undefined
  /** In force where the next batch begins. */
  #epoch: CompactedParts['epoch'] | undefined

  constructor(input: JobKinds['compact']['input']) {
    this.#input = input
    this.#first = input.after + 1
    this.#epoch = input.epoch as CompactedParts['epoch'] | undefined
  }

  take(page: JobPage): void {
    for (const bytes of page) this.#takeBatch(bytes)
    this.#reader.take(this.#updates)
    this.#updates = []
  }

  #takeBatch(bytes: Uint8Array): void {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string') throw new Error(`a batch is damaged: ${batch}`)
    this.#expired = addExpired(this.#expired, batch.expired)
    for (const record of batch.records) this.#takeRecord(record)
    this.#end = endOf(batch, this.#epoch)
    this.#epoch = this.#end.epoch
    if (bytesOf(this.#records) >= this.#input.maxBatchBytes) this.#closePart()
  }

  /** The batches, of which the last one has the document. */
  finish(): JobKinds['compact']['answer'] {
    const end = this.#end ?? this.#parts.at(-1)
    if (end === undefined) throw new Error('there is nothing to compact')
    // All that is left would be a part without a reach of its own: then the one before it is the last.
    if (this.#end === undefined) this.#reopen()
    const update = Y.encodeStateAsUpdate(this.#reader.doc())
    const unreadable = this.#reader.unreadable()
    if (!this.#reader.isEmpty()) this.#records.push(this.#snapshot(update, end.last))
    this.#end = end
    this.#closePart()
    const batches = this.#parts.map((part) => ({ head: part.last, bytes: encodeCompacted(part) }))
    return { type: 'compact', batches, unreadable, expired: this.#newlyExpired }
  }

  #takeRecord(record: LogRecord): void {
    const { offset, atMs, author, user, seq, entry, bytes, seal } = record
    // Copies: they are views of the whole page.
    if (entry.kind === 'update') this.#updates.push(entry.body.slice())
    else if (this.#isExpired(record)) this.#expire(record)
    else this.#records.push({ offset, atMs, author, user, seq, bytes: bytes.slice(), seal })
  }

  /** S19 */
  #isExpired({ entry, atMs }: LogRecord): boolean {
    return entry.kind === 'event' && atMs < this.#input.eventsSinceMs
  }

  #expire({ atMs }: LogRecord): void {
    this.#expired = addExpired(this.#expired, { count: 1, throughMs: atMs })
    this.#newlyExpired++
  }

  #closePart(): void {
    if (this.#end === undefined) return
    const [records, expired] = [this.#records, this.#expired]
    this.#parts.push({ first: this.#first, ...this.#end, records, expired })
    this.#first = this.#end.last + 1
    this.#records = []
    this.#expired = NONE_EXPIRED
    this.#end = undefined
  }

  #reopen(): void {
    const last = this.#parts.pop()!
    this.#first = last.first
    this.#records = [...last.records]
    this.#expired = last.expired
  }

  #snapshot(body: Uint8Array, offset: number): Record {
    const { author, atMs } = this.#input
    const bytes = encodeEntry({ kind: 'update', origin: undefined, body })
    return { offset, atMs, author: author as Author, user: '', seq: 1, bytes, seal: undefined }
  }
}

const endOf = (
  { last, epoch, chainAfter, code }: Batch,
  before: CompactedParts['epoch'] | undefined,
): End => {
  const inForce = epoch ?? before
  if (inForce === undefined) throw new Error('no epoch is in force where the batches begin')
  return { last, epoch: inForce, chainAfter, code: code.slice() }
}

export const compact = (input: JobKinds['compact']['input']): JobWork => {
  const compaction = new Compaction(input)
  return {
    take: (page) => compaction.take(page),
    finish: (): JobKinds['compact']['answer'] => compaction.finish(),
  }
}
