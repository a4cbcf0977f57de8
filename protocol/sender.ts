import type { AppendedEntry } from './batch.ts'
import { isUpdate } from './batch-codec.ts'
import { CHECKSUM_BYTES } from './checksum.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'
import type { UpFrame } from './frame.ts'
import type { Author, Millis } from './ids.ts'
import { PIECE_BYTES, PIPELINE_BYTES } from './limits.ts'
import type { Limits } from './limits.ts'
import type { HeldRow } from './outbox-types.ts'
import type { Outbox } from './outbox.ts'
import type { ProducerLink } from './producer-link.ts'

/** What may be on the wire unacked at once. */
export type Window = {
  readonly entries: number
  readonly bytes: number
  /** Whether a single entry may be larger than the window. */
  readonly isOpenForOne: boolean
  readonly maxFrameBytes: number
}

/** Hash, length and flag of an entry on the wire, and what a seal adds; kind, producer, seq, count and checksum of a frame. */
const ENTRY_OVERHEAD_BYTES = 16 + 5 + 1
const SEAL_BYTES = 1 + SIGNATURE_BYTES
const FRAME_OVERHEAD_BYTES = 1 + 3 * 8 + CHECKSUM_BYTES
/** Several entries share a frame only where that is one message (W22). */
const MAX_APPEND_BYTES = PIECE_BYTES - FRAME_OVERHEAD_BYTES

/** W8, O11: little before the relay has told its limits, its window afterwards. `rooms`: how many share the connection. */
export const windowOf = (limits: Limits | undefined, rooms: number): Window => {
  if (limits === undefined) {
    const bytes = PIPELINE_BYTES / (2 * Math.max(1, rooms))
    return { entries: 256, bytes, isOpenForOne: false, maxFrameBytes: Infinity }
  }
  const { windowEntries, windowBytes, maxFrameBytes } = limits
  return { entries: windowEntries, bytes: windowBytes, isOpenForOne: true, maxFrameBytes }
}

const overheadOf = ({ isCarried }: ProducerLink): number =>
  ENTRY_OVERHEAD_BYTES + (isCarried ? SEAL_BYTES : 0)

/** Collects entries of one producer that follow one another into few frames. */
class Appends {
  readonly frames: UpFrame[] = []
  #link: ProducerLink | undefined
  #firstSeq = 0
  #entries: AppendedEntry[] = []
  #bytes = 0
  readonly #maxBytes: number

  constructor(maxFrameBytes: number) {
    this.#maxBytes = Math.min(MAX_APPEND_BYTES, maxFrameBytes - FRAME_OVERHEAD_BYTES)
  }

  add(link: ProducerLink, { row }: HeldRow): void {
    const follows = this.#link === link && row.seq === this.#firstSeq + this.#entries.length
    const size = row.bytes.length + overheadOf(link)
    if (!follows || this.#bytes + size > this.#maxBytes) this.end()
    if (this.#entries.length === 0) {
      this.#link = link
      this.#firstSeq = row.seq
    }
    const seal = link.isCarried ? row.sealed?.seal : undefined
    this.#entries.push({ hash: row.hash, bytes: row.bytes, seal })
    this.#bytes += size
    link.sentThrough = Math.max(link.sentThrough, row.seq)
    link.again.delete(row.seq)
  }

  end(): void {
    if (this.#link !== undefined && this.#entries.length > 0) {
      const { handle } = this.#link
      const entries = this.#entries
      this.frames.push({ type: 'append', producer: handle, firstSeq: this.#firstSeq, entries })
    }
    this.#entries = []
    this.#bytes = 0
  }
}

export type Sending = {
  readonly frames: readonly UpFrame[]
  readonly sent: readonly HeldRow[]
  /** The first row that fits no frame: nothing behind it was looked at. */
  readonly unsendable: HeldRow | undefined
}

/** O17: of a producer whose entry waits, that one is sent when its time has come, and nothing behind it. */
const isHeldBack = (
  { waiting, sentThrough }: ProducerLink,
  { row }: HeldRow,
  now: Millis,
): boolean =>
  waiting !== undefined &&
  row.seq > sentThrough &&
  (row.seq > waiting.seq || (waiting.notBefore !== undefined && now < waiting.notBefore))

/**
 * P2, P4: all rows but those at the end that other tabs see to. What this page wrote on top of such goes behind them, so they go as
 * soon as there is something.
 */
export const rowsToSend = (outbox: Outbox, elsewhere: ReadonlySet<Author>): Iterable<HeldRow> => {
  if (elsewhere.size === 0) return outbox.rows()
  const rows = [...outbox.rows()]
  const last = rows.findLastIndex(({ row, isOurs }) => isOurs || !elsewhere.has(row.author))
  return rows.slice(0, last + 1)
}

/**
 * O5, O6, O11, O16, O17: what to send now, in the outbox's order and within the window. `linkFor` gives a producer's link on this
 * join, or undefined where nothing behind this row may be sent yet.
 */
export const takeSendable = (
  rows: Iterable<HeldRow>,
  outbox: Outbox,
  linkFor: (author: Author, firstSeq: number) => ProducerLink | undefined,
  window: Window,
  now: Millis,
): Sending => {
  const appends = new Appends(window.maxFrameBytes)
  const sent: HeldRow[] = []
  let unsendable: HeldRow | undefined
  let unkept: Author | undefined
  let isPastWaiting = false
  let entries = 0
  let bytes = 0
  for (const held of rows) {
    // Acked ones too: a relay that lost them after all says so when their producer is opened.
    const link = linkFor(held.row.author, held.row.seq)
    if (link === undefined) break
    if (held.isAcked) continue
    if (link.denied !== undefined || link.isWaitingForLock) continue
    const isWaiting = link.waiting !== undefined && held.row.seq >= link.waiting.seq
    // A stranger's (K10) may wait for ever: nothing of this profile does for it.
    isPastWaiting ||= isWaiting && held.row.proof !== undefined
    if (isHeldBack(link, held, now)) continue
    // The relay sees itself that an update does not build on what waits; of an event nobody can.
    if (isPastWaiting && !isWaiting && !isUpdate(held.row.bytes)) break
    if (unkept !== undefined && unkept !== held.row.author) break
    if (!outbox.isOnDisk(held)) unkept = held.row.author
    const size = held.row.bytes.length
    if (size > window.maxFrameBytes - FRAME_OVERHEAD_BYTES - overheadOf(link)) {
      unsendable = held
      break
    }
    const isNew = held.row.seq > link.sentThrough || link.again.has(held.row.seq)
    const isFirst = entries === 0 && window.isOpenForOne
    const fits = isFirst || (entries < window.entries && bytes + size <= window.bytes)
    if (isNew && !fits) break
    entries++
    bytes += size
    if (!isNew) continue
    appends.add(link, held)
    sent.push(held)
  }
  appends.end()
  return { frames: appends.frames, sent, unsendable }
}
