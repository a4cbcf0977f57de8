import type { LogRecord } from './batch.ts'
import { decodeVoid, encodeEntry, recordHash } from './batch-codec.ts'
import { hashEntry } from './hash.ts'
import { carriedOrder, withCarried } from './carried-place.ts'
import { keyOf } from './ids.ts'
import type { Author, EntryKey, Epoch, Millis } from './ids.ts'
import { assert } from './machine.ts'
import type { Machine } from './machine.ts'
import { mergeDrafts } from './draft.ts'
import type { Draft } from './draft.ts'
import { newHeldRow, withOrigin } from './held-row.ts'
import { LocalChange } from './local-change.ts'
import type { LocalChangeParts } from './local-change.ts'
import type {
  HeldRow,
  OutboxEffect,
  OutboxInput,
  OutboxOptions,
  OutboxRow,
  RejectedRow,
} from './outbox-types.ts'
import { OffDisk, Standing, isStrangers } from './standing.ts'

/*
 *  write ─► draft ──mint──► unsettled ──acked──► acked ──its record is in the log──► gone
 *             │                │  ▲                │
 *   (waits for the transaction │  └──── reset ─────┘
 *    that is in flight)        └──rejected──► rejected list
 *
 *  disk: every transaction carries all rows that are not on disk yet, in their order (O2).
 */

/** Where an entry stands in the log; nothing of it is known of one that the relay only says it has. */
type Place = { readonly offset?: number; readonly epoch?: Epoch }
type Producer = { readonly author: Author; readonly proof: Uint8Array; nextSeq: number }
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [500, 15_000]

/** The durable queue of entries not yet in the log, for one room of one page. Rules O1–O10 of SPEC.md. */
export class Outbox implements Machine<OutboxInput, OutboxEffect> {
  readonly #options: OutboxOptions
  /** In the order of sending. */
  #rows = new Map<string, HeldRow>()
  /** Those of them that no completed transaction put on this disk. */
  readonly #offDisk = new OffDisk()
  #drafts: Draft[] = []
  #producer: Producer | undefined
  readonly #standing = new Standing()
  #nextOrder = 1
  #moves = 0
  /** What the next transaction will do besides putting rows, and what the one in flight does. */
  #waiting = new LocalChange()
  #flight: LocalChangeParts | undefined
  #failures = 0
  #retryAt: Millis | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** All rows whose record is not in the log yet, in the order of sending. */
  rows(): Iterable<HeldRow> {
    return this.#rows.values()
  }

  get(author: Author, seq: number): HeldRow | undefined {
    return this.#rows.get(keyOf(author, seq))
  }

  /** What was written and has no key yet, in order: one list that grows, and another one once these have their keys. */
  drafts(): readonly Draft[] {
    return this.#drafts
  }

  isOnDisk(held: HeldRow): boolean {
    return this.#options.isDurable && !this.#offDisk.has(held)
  }

  /** Rows of this profile that are on no disk of this device. */
  get offDiskCount(): number {
    return this.#options.isDurable ? this.#offDisk.ownCount : this.#rows.size
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#drafts.length === 0
  }

  /** Whether what is not on disk is expected to be there in a moment. */
  get canReachDisk(): boolean {
    return this.#options.isDurable && this.#failures === 0
  }

  /** O10: whether a refused entry is on its way to the list that is kept. */
  get isKeepingRefused(): boolean {
    return this.canReachDisk && (this.#waiting.hasRejected || !!this.#flight?.putRejected.length)
  }

  /** Whether everything that was to be kept is kept. */
  get isSettledOnDisk(): boolean {
    return this.#flight === undefined && this.#drafts.length === 0 && !this.#hasWork()
  }

  deadline(): Millis | undefined {
    return this.#retryAt
  }

  /** O9: unsettled entries of this profile, drafts included, and since when the oldest of them waits. */
  get unsettled(): Standing['own'] {
    return this.#standing.own
  }

  get unsettledCount(): number {
    return this.#standing.own.count
  }

  /** K10: unsettled entries that are carried for others. */
  get carried(): Standing['carried'] {
    return this.#standing.carried
  }

  /** K10: the place in the order of sending for an entry that somebody else handed over. */
  orderFor(row: EntryKey & { readonly order?: number }): number {
    return carriedOrder(this.#rows, row, this.#nextOrder)
  }

  /** The producer that new entries are minted under, unless the next one opens a fresh one. */
  get author(): Author | undefined {
    return this.#producer?.author
  }

  get rowCount(): number {
    return this.#rows.size
  }

  /** Another number after everything that took rows away or moved them: else new ones only came behind the others. */
  get moves(): number {
    return this.#moves
  }

  handle(input: OutboxInput, now: Millis): readonly OutboxEffect[] {
    const effects: OutboxEffect[] = []
    this.#take(input, now, effects)
    this.#mintIfFree(now, effects)
    this.#persistIfFree(now, effects)
    if (!this.#options.isDurable) this.#waiting.take([])
    return effects
  }

  #take(input: OutboxInput, now: Millis, effects: OutboxEffect[]): void {
    switch (input.type) {
      case 'write': {
        const { kind, body, tag, origin, isApart = false, wallMs } = input
        this.#drafts.push({ kind, body, tag, origin, isApart, wallMs, since: now })
        this.#standing.own.came(body.length, now)
        return
      }
      case 'carried':
        return this.#carry(input.rows, input.isOnDisk, now)
      case 'persisted':
        return this.#persisted(effects)
      case 'persistFailed':
        return this.#persistFailed(now)
      case 'storageLost':
        for (const held of this.#rows.values()) this.#offDisk.add(held)
        // What is in flight may be lost too: its end proves nothing about these rows.
        if (this.#flight !== undefined) this.#flight = { ...this.#flight, putRows: [] }
        return
      case 'acked':
        for (const held of this.#of(input.author, input.from ?? 1, input.through)) {
          this.#acked(held, now)
        }
        return
      case 'unacked':
        for (const held of this.#of(input.author, input.above + 1)) this.#unacked(held)
        return
      case 'recorded':
        return this.#recorded(input, now, effects)
      case 'covered':
        for (const held of this.#of(input.author, input.from ?? 1, input.through)) {
          this.#settle(held, {}, now, effects)
        }
        return
      case 'rejected': {
        const held = this.get(input.author, input.seq)
        if (held !== undefined) this.#reject(held, input.code, effects)
        return
      }
      case 'rehome':
        return this.#rehome(input.author, input.above, effects)
      case 'reset':
        for (const held of this.#rows.values()) this.#unacked(held)
        this.#producer = undefined
        this.#waiting.beginAnew()
        return
      case 'logRead':
        return this.#waiting.logRead()
      case 'time':
        return
    }
  }

  #of(author: Author, from: number, through: number = Number.MAX_SAFE_INTEGER): HeldRow[] {
    return [...this.#rows.values()].filter(
      ({ row }) => row.author === author && row.seq >= from && row.seq <= through,
    )
  }

  #carry(rows: readonly OutboxRow[], isOnDisk: boolean, now: Millis): void {
    for (const row of rows) {
      this.#nextOrder = Math.max(this.#nextOrder, row.order + 1)
      const key = keyOf(row.author, row.seq)
      if (this.#rows.has(key)) continue
      const held = newHeldRow(row, { tag: undefined, isOurs: false, heldSince: now })
      this.#add(held)
      if (!isOnDisk) this.#offDisk.add(held)
    }
  }

  #add(held: HeldRow): void {
    const { row } = held
    const rows = this.#rows
    if (isStrangers(held)) this.#rows = withCarried(rows, held)
    else rows.set(keyOf(row.author, row.seq), held)
    if (this.#rows !== rows) this.#moves++
    this.#standing.came(held)
  }

  #acked(held: HeldRow, now: Millis): void {
    if (held.isAcked) return
    held.isAcked = true
    held.ackedAt = now
    this.#standing.went(held)
  }

  #unacked(held: HeldRow): void {
    if (!held.isAcked) return
    held.isAcked = false
    held.ackedAt = undefined
    this.#standing.came(held)
  }

  /** O3: while a transaction is in flight drafts wait and merge; where the disk fails nothing waits for it. */
  #mintIfFree(now: Millis, effects: OutboxEffect[]): void {
    const waitsForDisk = this.#flight !== undefined && this.#failures === 0
    if (waitsForDisk || this.#drafts.length === 0) return
    const drafts = this.#drafts
    this.#drafts = []
    for (const { body, since } of drafts) this.#standing.own.went(body.length, since)
    for (const draft of mergeDrafts(drafts, this.#options)) {
      const { kind, origin, body, tag, since, wallMs, isApart } = draft
      if (isApart) this.#producer = undefined
      const bytes = encodeEntry({ kind, origin, body })
      const order = this.#nextOrder++
      this.#hold(bytes, { tag, heldSince: since, sentAt: undefined, order, wallMs }, effects)
    }
  }

  #hold(
    bytes: Uint8Array,
    what: Pick<HeldRow, 'tag' | 'heldSince' | 'sentAt'> & { order: number; wallMs: number },
    effects: OutboxEffect[],
  ): OutboxRow {
    this.#producer ??= this.#mintProducer(effects)
    const { author, proof } = this.#producer
    const { tag, heldSince, sentAt, order, wallMs } = what
    const seq = this.#producer.nextSeq++
    const { user } = this.#options
    const hash = hashEntry(bytes)
    const row: OutboxRow = { author, seq, order, user, proof, bytes, hash, mintedAtMs: wallMs }
    const held = newHeldRow(row, { tag, isOurs: true, heldSince, sentAt })
    this.#add(held)
    this.#offDisk.add(held)
    return row
  }

  #mintProducer(effects: OutboxEffect[]): Producer {
    const producer = { ...this.#options.mint(), nextSeq: 1 }
    effects.push({ type: 'minted', author: producer.author })
    return producer
  }

  #hasWork(): boolean {
    return this.#options.isDurable && (this.#offDisk.size > 0 || !this.#waiting.isEmpty)
  }

  #persistIfFree(now: Millis, effects: OutboxEffect[]): void {
    if (this.#retryAt !== undefined && now < this.#retryAt) return
    this.#retryAt = undefined
    if (this.#flight !== undefined || !this.#hasWork()) return
    this.#flight = this.#waiting.take(Array.from(this.#offDisk, ({ row }) => row))
    effects.push({ type: 'persist', change: this.#flight })
  }

  #persisted(effects: OutboxEffect[]): void {
    assert(this.#flight !== undefined, 'a transaction that ends was begun')
    for (const { author, seq } of this.#flight.putRows) {
      const held = this.get(author, seq)
      if (held === undefined) continue
      this.#offDisk.delete(held)
      if (held.tag !== undefined) effects.push({ type: 'stored', tag: held.tag })
    }
    this.#flight = undefined
    this.#failures = 0
  }

  /** O8: the producer is closed once, and everything that is not on disk goes into the next transaction (O2). */
  #persistFailed(now: Millis): void {
    assert(this.#flight !== undefined, 'a transaction that fails was begun')
    this.#waiting.putBack(this.#flight)
    this.#flight = undefined
    if (this.#failures === 0) this.#producer = undefined
    this.#failures++
    this.#retryAt = now + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
  }

  #recorded(
    { records, batches, epoch }: Extract<OutboxInput, { type: 'recorded' }>,
    now: Millis,
    effects: OutboxEffect[],
  ): void {
    for (const record of records) {
      const { offset } = record
      const held = this.get(record.author, record.seq)
      if (held !== undefined) this.#recordedAs(held, record, { offset, epoch }, now, effects)
      const { origin } = record.entry
      if (origin === undefined) continue
      const copy = this.get(origin.author, origin.seq)
      if (copy !== undefined) this.#settle(copy, { offset, epoch }, now, effects)
    }
    this.#waiting.keepBatches(batches)
  }

  #recordedAs(
    held: HeldRow,
    record: LogRecord,
    place: Place,
    now: Millis,
    effects: OutboxEffect[],
  ): void {
    const { author, seq, entry } = record
    if (recordHash(record) !== held.row.hash) {
      effects.push({ type: 'forged', key: { author, seq } })
      return
    }
    const refused = entry.kind === 'void' ? decodeVoid(entry.body) : undefined
    if (refused === undefined) this.#settle(held, place, now, effects)
    else this.#reject(held, refused.code, effects)
  }

  #settle(held: HeldRow, { offset, epoch }: Place, now: Millis, effects: OutboxEffect[]): void {
    this.#remove(held)
    const { tag, row, sentAt, ackedAt = now } = held
    this.#waiting.dropSettled(row)
    const key = { author: row.author, seq: row.seq }
    const ackMs = sentAt === undefined ? undefined : ackedAt - sentAt
    effects.push({ type: 'settled', key, tag, offset, epoch, ackMs })
  }

  #remove(held: HeldRow): void {
    const { author, seq } = held.row
    this.#rows.delete(keyOf(author, seq))
    this.#moves++
    this.#offDisk.delete(held)
    if (!held.isAcked) this.#standing.went(held)
  }

  /** O10: the row moves to the list of rejected ones in the transaction that deletes it; a stranger's (K10) is its author's to keep. */
  #reject(held: HeldRow, code: RejectedRow['code'], effects: OutboxEffect[]): void {
    this.#remove(held)
    this.#waiting.dropRow(held.row)
    const row: RejectedRow = { ...held.row, code }
    if (!isStrangers(held)) this.#waiting.keepRejected(row)
    effects.push({ type: 'refused', tag: held.tag, row })
  }

  /** O7: new keys of a fresh producer, in the old place of the order, in one transaction with the old ones' end. */
  #rehome(author: Author, above: number, effects: OutboxEffect[]): void {
    const moving = new Set(this.#of(author, above + 1))
    if (this.#producer?.author === author) this.#producer = undefined
    if (moving.size === 0) return
    const current = this.#producer
    this.#producer = undefined
    const old = this.#rows
    this.#rows = new Map()
    this.#moves++
    for (const [key, held] of old) {
      if (!moving.has(held)) {
        this.#rows.set(key, held)
        continue
      }
      this.#offDisk.delete(held)
      if (!held.isAcked) this.#standing.went(held)
      // The disk is read back by `order`, so the old place is kept there too.
      const { order, mintedAtMs: wallMs } = held.row
      const row = this.#hold(withOrigin(held.row), { ...held, order, wallMs }, effects)
      this.#waiting.replaceRow(held.row, row)
    }
    this.#producer = current
    effects.push({ type: 'rehomed', author, count: moving.size })
  }
}
