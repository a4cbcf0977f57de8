import { decodeEntry, decodeEvent } from '../protocol/index.ts'
import type { Author, Outbox } from '../protocol/index.ts'
import type { Fold, FoldedEvent, Readable } from './api.ts'
import type { EventLog } from './event-log.ts'
import { Watched } from './watched.ts'

/**
 * E4: what follows from all events. Nothing is stored: `confirmed` is folded from the log's events, which this device
 * keeps in the same transaction as its cursor, so a reload neither loses nor repeats one.
 */
export class EventFold<State> {
  readonly #empty: State
  readonly #reduce: (state: State, event: FoldedEvent) => State
  readonly #value: Watched<Fold<State>>
  readonly #failed: (event: FoldedEvent, error: unknown) => void
  #confirmed: State
  #count = 0
  #pendingVersion = -1

  /** C10: an event on which `reduce` throws is told to `failed` and leaves the state as it was. */
  constructor(
    empty: State,
    reduce: (state: State, event: FoldedEvent) => State,
    failed: (event: FoldedEvent, error: unknown) => void,
  ) {
    this.#failed = failed
    this.#empty = empty
    this.#confirmed = empty
    this.#reduce = reduce
    this.#value = new Watched<Fold<State>>(
      { confirmed: empty, current: empty },
      (one, other) => one.confirmed === other.confirmed && one.current === other.current,
    )
  }

  get value(): Readable<Fold<State>> {
    return this.#value
  }

  /** Folds what the log has gained, and what is pending on top of it. */
  update(log: EventLog, outbox: Outbox | undefined, user: string): void {
    const pendingVersion = outbox?.version ?? -1
    if (log.events.length === this.#count && pendingVersion === this.#pendingVersion) return
    this.#pendingVersion = pendingVersion
    if (log.events.length < this.#count) {
      this.#confirmed = this.#empty
      this.#count = 0
    }
    for (const event of log.events.slice(this.#count)) {
      this.#confirmed = this.#step(this.#confirmed, { ...event, own: log.isOwn(event.author) })
    }
    this.#count = log.events.length
    const pending = outbox === undefined ? [] : pendingEvents(outbox, user)
    const current = pending.reduce((state, event) => this.#step(state, event), this.#confirmed)
    this.#value.set({ confirmed: this.#confirmed, current })
  }

  #step(state: State, event: FoldedEvent): State {
    try {
      return this.#reduce(state, event)
    } catch (error) {
      this.#failed(event, error)
      return state
    }
  }
}

/** The unsettled events of this page in the order of sending, drafts last. */
const pendingEvents = (outbox: Outbox, user: string): FoldedEvent[] => {
  const pending: FoldedEvent[] = []
  const add = (author: Author | '', body: Uint8Array, own: boolean): void => {
    const event = decodeEvent(body)
    if (event !== undefined) pending.push({ ...event, author, user, offset: undefined, own })
  }
  for (const { row, isOurs } of outbox.rows()) {
    const entry = decodeEntry(row.bytes)
    if (typeof entry !== 'string' && entry.kind === 'event') add(row.author, entry.body, isOurs)
  }
  for (const draft of outbox.drafts()) if (draft.kind === 'event') add('', draft.body, true)
  return pending
}
