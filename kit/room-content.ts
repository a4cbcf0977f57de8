import type { Doc } from 'yjs'
import { NONE_EXPIRED, addExpired, decodeEntry, encodeEvent, keyOf } from '../protocol/index.ts'
import type {
  AppliedBatch,
  Author,
  ExpiredEvents,
  LogRecord,
  Outbox,
  OutboxRow,
} from '../protocol/index.ts'
import type { FoldedEvent, QuarantinedRecord } from './api.ts'
import { DocBinding } from './doc-binding.ts'
import type { ApplyFailure } from './doc-binding.ts'
import { EventLog } from './event-log.ts'
import { eventOf, unpackEvent } from './kept-event.ts'
import type { LoggedEvent } from './kept-event.ts'
import type { KeptLog } from './kept-log.ts'

/** What a page shows of a room: the document and the events, each record applied on its own (C10). */
export class RoomContent {
  readonly events: EventLog
  readonly #binding: DocBinding | undefined
  readonly #isOwn: (author: Author) => boolean
  readonly #noticeQuarantined: (record: QuarantinedRecord) => void
  #quarantined: readonly QuarantinedRecord[] = []
  /** The events of logs that are gone, until the new one has been read. */
  #before: readonly LoggedEvent[] = []
  #isReadingAnew = false
  /** C13 */
  readonly #missing = new Map<string, LoggedEvent>()
  #rewritten = 0
  #expired: ExpiredEvents = NONE_EXPIRED
  /** Whether the document may hold what neither log nor outbox does: see {@link difference}. */
  #isComparing: boolean

  constructor(
    doc: Doc | undefined,
    isOwn: (author: Author) => boolean,
    written: (update: Uint8Array, isLocal: boolean) => void,
    quarantined: (record: QuarantinedRecord) => void,
    origin?: unknown,
  ) {
    this.#isOwn = isOwn
    this.#noticeQuarantined = quarantined
    this.events = new EventLog(isOwn, ({ offset, author, name, payload }, error) => {
      this.#quarantine(offset, author, encodeEvent({ name, payload }), error)
    })
    const note = (update: Uint8Array, isLocal: boolean): void => {
      if (this.#isComparing) this.#binding?.note(update)
      written(update, isLocal)
    }
    this.#binding = doc === undefined ? undefined : new DocBinding(doc, note, origin)
    this.#isComparing = this.#binding !== undefined && !this.#binding.isEmpty
    if (this.#isComparing) this.#binding?.beginComparing()
  }

  /** Whether the page may show what neither log nor outbox holds. */
  get isUnsure(): boolean {
    return this.#isComparing || this.#isReadingAnew
  }

  /** C9: whether a log that begins anew is being read. */
  get isReadingAnew(): boolean {
    return this.#isReadingAnew
  }

  /** C13: events of others that were in a log that is gone and are in none since, in its order. */
  get missing(): readonly LoggedEvent[] {
    return [...this.#missing.values()]
  }

  get missingCount(): number {
    return this.#missing.size
  }

  /** C13: entries that were written anew, since a log that is gone had what was in them. */
  get rewritten(): number {
    return this.#rewritten
  }

  /** S19: events of the log that were left out before this page, or the device, read it. */
  get expired(): ExpiredEvents {
    return this.#expired
  }

  /** C10: a reducer of the app's threw; of an event still pending it will be told when it is in the log. */
  readonly foldFailed = (event: FoldedEvent, error: unknown): void => {
    const { offset, author, name, payload } = event
    if (offset !== undefined) {
      this.#quarantine(offset, author, encodeEvent({ name, payload }), error)
    }
  }

  get quarantined(): readonly QuarantinedRecord[] {
    return this.#quarantined
  }

  /** Y12: from here on it is noted what this device has of the document; false where it is already. */
  compare(): boolean {
    if (this.#binding === undefined || this.#isComparing) return false
    this.#isComparing = true
    this.#binding.beginComparing()
    return true
  }

  /** O5: shown = base + log + outbox. */
  show({ base, batches, rows }: KeptLog): void {
    if (base?.snapshot !== undefined) this.#applyUpdate(base.snapshot, base.offset, '')
    for (const packed of base?.events ?? []) {
      const event = unpackEvent(packed)
      if (event !== undefined) this.events.add(event)
    }
    this.#expired = base?.expired ?? NONE_EXPIRED
    this.applyBatches(batches)
    this.showRows(rows)
  }

  showRows(rows: readonly OutboxRow[]): void {
    for (const { bytes, author } of rows) {
      const update = updateIn(bytes)
      if (update === undefined) continue
      this.#binding?.note(update)
      this.#judge(this.#binding?.applyBeside(update), update, 0, author)
    }
  }

  applyBatches(batches: readonly AppliedBatch[]): void {
    for (const { batch } of batches) {
      this.#expired = addExpired(this.#expired, batch.expired)
      for (const record of batch.records) this.#applyRecord(record)
    }
  }

  /** C9: what was derived from the old log is dropped; the document stays, to be compared with the new log. */
  beginAnew(outbox: Outbox | undefined): void {
    this.#isReadingAnew = true
    // What of it is in the new log is tried there once more.
    this.#quarantined = []
    this.#expired = NONE_EXPIRED
    this.#before = [...this.#before, ...this.#missing.values(), ...this.events.events]
    this.#missing.clear()
    this.events.clear()
    if (this.#binding === undefined) return
    this.#isComparing = true
    this.#binding.beginComparing()
    for (const { row } of outbox?.rows() ?? []) {
      const update = updateIn(row.bytes)
      if (update !== undefined) this.#binding.note(update)
    }
    for (const draft of outbox?.drafts() ?? []) {
      if (draft.kind === 'update') this.#binding.note(draft.body)
    }
  }

  /** C9: what another page of this profile kept of the old log, and this one may never have seen. */
  recall({ base, batches }: KeptLog): void {
    if (base?.snapshot !== undefined) this.#binding?.applyBeside(base.snapshot)
    const events = (base?.events ?? []).map((packed) => unpackEvent(packed))
    for (const { batch } of batches) {
      for (const record of batch.records) {
        if (record.entry.kind === 'update') this.#binding?.applyBeside(record.entry.body)
        events.push(eventOf(record))
      }
    }
    this.#before = [...this.#before, ...events.filter((event) => event !== undefined)]
  }

  /** C9: the log is read to its head; what the document has beyond it, as one update. */
  difference(): Uint8Array | undefined {
    if (!this.#isComparing) return undefined
    this.#isComparing = false
    const update = this.#binding?.difference()
    if (update !== undefined && this.#isReadingAnew) this.#rewritten++
    return update
  }

  /**
   * C9: the user's own events that the old log had and the new one lacks, to be written anew. Others offer theirs themselves, if they come (C13), and nobody
   * offers what is not there because it was too old (S19).
   */
  missingEvents(user: string): readonly LoggedEvent[] {
    const own = new Map<string, LoggedEvent>()
    for (const event of this.#before) {
      const isExpired = event.atMs <= this.#expired.throughMs
      if (isExpired || this.events.has(event)) continue
      const missing = event.user === user ? own : this.#missing
      missing.set(keyOf(event.author, event.seq), event)
    }
    this.#before = []
    this.#isReadingAnew = false
    this.#rewritten += own.size
    return [...own.values()]
  }

  destroy(): void {
    this.#binding?.destroy()
  }

  /** Our own updates are in the document already. */
  #applyRecord(record: LogRecord): void {
    const { offset, author, entry } = record
    if (entry.kind === 'update') {
      const isThere = this.#isOwn(author) && !this.#isComparing
      if (!isThere) this.#applyUpdate(entry.body, offset, author)
      return
    }
    if (entry.kind !== 'event') return
    const event = eventOf(record)
    if (event === undefined) this.#quarantine(offset, author, record.bytes, 'it is not an event')
    else {
      this.#missing.delete(keyOf(event.author, event.seq))
      this.events.add(event)
    }
  }

  #applyUpdate(update: Uint8Array, offset: number, author: string): void {
    this.#judge(this.#binding?.apply(update), update, offset, author)
  }

  #judge(
    failure: ApplyFailure | undefined,
    update: Uint8Array,
    offset: number,
    author: string,
  ): void {
    if (failure !== undefined) this.#quarantine(offset, author, update, failure.reason)
  }

  /** Once each, however many of the app's handlers and reducers cannot take it; rows of the outbox have no offset yet. */
  #quarantine(offset: number, author: string, bytes: Uint8Array, error: unknown): void {
    if (offset > 0 && this.#quarantined.some((record) => record.offset === offset)) return
    const reason = error instanceof Error ? error.message : String(error)
    const record = { offset, author, bytes: bytes.slice(), reason }
    this.#quarantined = [...this.#quarantined, record]
    this.#noticeQuarantined(record)
  }
}

const updateIn = (bytes: Uint8Array): Uint8Array | undefined => {
  const entry = decodeEntry(bytes)
  return typeof entry !== 'string' && entry.kind === 'update' ? entry.body : undefined
}
