import { decodeEntry, decodeEvent } from '../protocol/index.ts'
import type { Draft, HeldRow, Outbox } from '../protocol/index.ts'
import type { FoldedEvent } from './api.ts'

/** Two lists of events. One that has only grown is the same array, longer; one that changed otherwise is another array. */
export type PendingLists = {
  readonly rows: readonly FoldedEvent[]
  /** What has no key yet, behind the rows. */
  readonly drafts: readonly FoldedEvent[]
}

/** The unsettled events of a page in the order of sending, each decoded once. */
export class PendingEvents {
  /** The event in each row, null where there is none. */
  readonly #decoded = new WeakMap<HeldRow, FoldedEvent | null>()
  #rows: FoldedEvent[] = []
  #rowCount = 0
  #moves = -1
  /** Stands behind the last row that was looked at; rows that come are put behind that one. */
  #next: Iterator<HeldRow> = [][Symbol.iterator]()
  #drafts: FoldedEvent[] = []
  #draftsOf: readonly Draft[] = []
  #draftCount = 0

  /** As they stood at the last {@link look}. */
  get lists(): PendingLists {
    return { rows: this.#rows, drafts: this.#drafts }
  }

  /** All of it was written by `user`, but for what is carried for others. */
  look(outbox: Outbox, user: string): void {
    this.#lookAtRows(outbox, user)
    this.#lookAtDrafts(outbox.drafts(), user)
  }

  #lookAtRows(outbox: Outbox, user: string): void {
    if (outbox.moves !== this.#moves) {
      this.#moves = outbox.moves
      this.#rows = []
      this.#rowCount = 0
      this.#next = outbox.rows()[Symbol.iterator]()
    }
    // Never to its end: from there it would see nothing that comes later.
    for (; this.#rowCount < outbox.rowCount; this.#rowCount++) {
      const event = this.#inRow(this.#next.next().value as HeldRow, user)
      if (event !== null) this.#rows.push(event)
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

  #inRow(held: HeldRow, user: string): FoldedEvent | null {
    const known = this.#decoded.get(held)
    if (known !== undefined) return known
    const { row, isOurs } = held
    const entry = decodeEntry(row.bytes)
    const isEvent = typeof entry !== 'string' && entry.kind === 'event'
    const by = { author: row.author, user: row.sealed?.user ?? user, own: isOurs }
    const event = isEvent ? eventIn(entry.body, by) : null
    this.#decoded.set(held, event)
    return event
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
