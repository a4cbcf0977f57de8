import { decodeEntry, decodeEvent, keyOf } from '../protocol/index.ts'
import type { Draft, EntryKey, HeldRow, Outbox } from '../protocol/index.ts'
import type { FoldedEvent } from './api.ts'
import type { EventLog } from './event-log.ts'

/** Two lists of events. One that has only grown is the same array, longer; one that changed otherwise is another array. */
export type PendingLists = {
  readonly rows: readonly FoldedEvent[]
  /** What has no key yet, behind the rows. */
  readonly drafts: readonly FoldedEvent[]
}

/** With its first key (E6), and whether that is not the one it has. */
type Pending = { readonly event: FoldedEvent; readonly key: EntryKey; readonly isMoved: boolean }

/** The unsettled events of a page in the order of sending, each decoded once. */
export class PendingEvents {
  /** The event in each row, null where there is none. */
  readonly #decoded = new WeakMap<HeldRow, Pending | null>()
  #rows: FoldedEvent[] = []
  #rowCount = 0
  #moves = -1
  #log: EventLog['events'] = []
  #logCount = 0
  /** First keys of rows that have another one. */
  readonly #moved = new Set<string>()
  /** Stands behind the last row that was looked at; rows that come are put behind that one. */
  #next: Iterator<HeldRow> = [][Symbol.iterator]()
  #drafts: FoldedEvent[] = []
  #draftsOf: readonly Draft[] = []
  #draftCount = 0
  /** Some drafts have a first key, and were compared with these rows and this log. */
  #hasMovedDrafts = false
  #comparedWith: readonly unknown[] = []

  /** As they stood at the last {@link look}. */
  get lists(): PendingLists {
    return { rows: this.#rows, drafts: this.#drafts }
  }

  /** All of it was written by `user`, but for what is carried for others. What is in the log as well counts there (R4). */
  look(outbox: Outbox, user: string, log: Pick<EventLog, 'events' | 'has'>): void {
    this.#lookAtRows(outbox, user, log)
    this.#lookAtDrafts(outbox, user, log)
  }

  #lookAtRows(outbox: Outbox, user: string, log: Pick<EventLog, 'events' | 'has'>): void {
    if (!this.#isAsLooked(outbox, log.events)) {
      this.#moves = outbox.moves
      this.#log = log.events
      this.#moved.clear()
      this.#rows = []
      this.#rowCount = 0
      this.#next = outbox.rows()[Symbol.iterator]()
    }
    this.#logCount = log.events.length
    // Never to its end: from there it would see nothing that comes later.
    for (; this.#rowCount < outbox.rowCount; this.#rowCount++) {
      const held = this.#next.next().value as HeldRow
      const pending = this.#inRow(held, user)
      if (pending !== null && !this.#isCounted(held, pending, outbox, log)) {
        this.#rows.push(pending.event)
      }
    }
  }

  /** Whether rows only came. C9: a log that starts anew has another array. E6: what it gains may be what waits here under another key. */
  #isAsLooked({ moves }: Outbox, log: EventLog['events']): boolean {
    const isLogAsBefore = this.#moved.size === 0 || log.length === this.#logCount
    return moves === this.#moves && log === this.#log && isLogAsBefore
  }

  /** E6, R4: an entry may wait here under several keys, and be in the log under another one; it counts once. */
  #isCounted(
    { isOurs }: HeldRow,
    { key, isMoved }: Pending,
    outbox: Outbox,
    log: Pick<EventLog, 'has'>,
  ): boolean {
    if (isMoved) {
      const isKnown = this.#isKnown(key, outbox, log)
      if (!isKnown) this.#moved.add(keyOf(key.author, key.seq))
      return isKnown
    }
    // Of what has its first key, and is this page's own, the outbox lets go as it comes in the log.
    if (!isOurs && log.has(key)) return true
    return this.#moved.size > 0 && this.#moved.has(keyOf(key.author, key.seq))
  }

  /** Whether what has this first key, and waits under another one, is in the log, or waits here already. */
  #isKnown(key: EntryKey, outbox: Outbox, log: Pick<EventLog, 'has'>): boolean {
    const { author, seq } = key
    return (
      log.has(key) || this.#moved.has(keyOf(author, seq)) || outbox.get(author, seq) !== undefined
    )
  }

  #lookAtDrafts(outbox: Outbox, user: string, log: Pick<EventLog, 'events' | 'has'>): void {
    const drafts = outbox.drafts()
    const { events } = log
    const compared = [this.#rows, this.#rowCount, events, events.length]
    // E6: what came since may be what waits here as a draft: another tab may have written it once more as well.
    const isOther = compared.some((part, at) => part !== this.#comparedWith[at])
    this.#comparedWith = compared
    if (drafts !== this.#draftsOf || (this.#hasMovedDrafts && isOther)) {
      this.#hasMovedDrafts = false
      this.#draftsOf = drafts
      this.#drafts = []
      this.#draftCount = 0
    }
    for (const { kind, body, origin } of drafts.slice(this.#draftCount)) {
      this.#hasMovedDrafts ||= origin !== undefined
      const isCounted = origin !== undefined && this.#isKnown(origin, outbox, log)
      const event =
        !isCounted && kind === 'event' ? eventIn(body, { author: '', user, own: true }) : null
      if (event !== null) this.#drafts.push(event)
    }
    this.#draftCount = drafts.length
  }

  #inRow(held: HeldRow, user: string): Pending | null {
    const known = this.#decoded.get(held)
    if (known !== undefined) return known
    const { row, isOurs } = held
    const entry = decodeEntry(row.bytes)
    const by = { author: row.author, user: row.sealed?.user ?? user, own: isOurs }
    const isEvent = typeof entry !== 'string' && entry.kind === 'event'
    const event = isEvent ? eventIn(entry.body, by) : null
    const origin = isEvent ? entry.origin : undefined
    const pending = event && { event, key: origin ?? row, isMoved: origin !== undefined }
    this.#decoded.set(held, pending)
    return pending
  }
}

const eventIn = (
  body: Uint8Array,
  by: Pick<FoldedEvent, 'author' | 'user' | 'own'>,
): FoldedEvent | null => {
  const event = decodeEvent(body)
  if (event === undefined) return null
  const { name, payload } = event
  return { name, payload, author: by.author, user: by.user, offset: undefined, own: by.own }
}
