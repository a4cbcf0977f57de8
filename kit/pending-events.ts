import { decodeEntry, decodeEvent } from '../protocol/index.ts'
import type { Draft, EntryKey, HeldRow, Outbox } from '../protocol/index.ts'
import type { FoldedEvent } from './api.ts'
import type { EventLog } from './event-log.ts'

/** Two lists of events. One that has only grown is the same array, longer; one that changed otherwise is another array. */
export type PendingLists = {
  readonly rows: readonly FoldedEvent[]
  /** What has no key yet, behind the rows. */
  readonly drafts: readonly FoldedEvent[]
}

/** With its first key (E6). */
type Pending = { readonly event: FoldedEvent; readonly key: EntryKey }

/** The unsettled events of a page in the order of sending, each decoded once. */
export class PendingEvents {
  /** The event in each row, null where there is none. */
  readonly #decoded = new WeakMap<HeldRow, Pending | null>()
  #rows: FoldedEvent[] = []
  #rowCount = 0
  #moves = -1
  #log: EventLog['events'] = []
  /** Stands behind the last row that was looked at; rows that come are put behind that one. */
  #next: Iterator<HeldRow> = [][Symbol.iterator]()
  #drafts: FoldedEvent[] = []
  #draftsOf: readonly Draft[] = []
  #draftCount = 0

  /** As they stood at the last {@link look}. */
  get lists(): PendingLists {
    return { rows: this.#rows, drafts: this.#drafts }
  }

  /** All of it was written by `user`, but for what is carried for others. What is in the log as well counts there (R4). */
  look(outbox: Outbox, user: string, log: Pick<EventLog, 'events' | 'has'>): void {
    this.#lookAtRows(outbox, user, log)
    this.#lookAtDrafts(outbox.drafts(), user)
  }

  #lookAtRows(outbox: Outbox, user: string, log: Pick<EventLog, 'events' | 'has'>): void {
    // C9: a log that starts anew has another array.
    if (outbox.moves !== this.#moves || log.events !== this.#log) {
      this.#moves = outbox.moves
      this.#log = log.events
      this.#rows = []
      this.#rowCount = 0
      this.#next = outbox.rows()[Symbol.iterator]()
    }
    // Never to its end: from there it would see nothing that comes later.
    for (; this.#rowCount < outbox.rowCount; this.#rowCount++) {
      const held = this.#next.next().value as HeldRow
      const pending = this.#inRow(held, user)
      // Of this page's own the outbox lets go as they come in the log.
      const isCounted = pending === null || (!held.isOurs && log.has(pending.key))
      if (!isCounted) this.#rows.push(pending.event)
    }
  }

  #lookAtDrafts(drafts: readonly Draft[], user: string): void {
    if (drafts !== this.#draftsOf) {
      this.#draftsOf = drafts
      this.#drafts = []
      this.#draftCount = 0
    }
    for (const { kind, body } of drafts.slice(this.#draftCount)) {
      const event = kind === 'event' ? eventIn(body, { author: '', user, own: true }) : null
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
    const pending = event && isEvent ? { event, key: entry.origin ?? row } : null
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
