import type { Outbox } from '../protocol/index.ts'
import type { Fold, FoldedEvent, Readable } from './api.ts'
import type { EventLog } from './event-log.ts'
import type { LoggedEvent } from './kept-event.ts'
import { PendingEvents } from './pending-events.ts'
import { Watched } from './watched.ts'

export type Reduce<State> = (state: State, event: FoldedEvent) => State

/** The state after the first `count` events of a list. */
type Folded<State> = {
  readonly events: readonly FoldedEvent[]
  readonly count: number
  readonly state: State
}

/**
 * E4: what follows from all events. Nothing is stored: `confirmed` is folded from the log's events, which this device
 * keeps in the same transaction as its cursor, so a reload neither loses nor repeats one. What is pending is folded on top
 * of it: only what came, when something only came, and not before somebody reads it or is to be told.
 */
export class EventFold<State> implements Readable<Fold<State>> {
  readonly #empty: State
  readonly #reduce: Reduce<State>
  readonly #failed: (event: FoldedEvent, error: unknown) => void
  readonly #value: Watched<Fold<State>>
  readonly #pending: PendingEvents
  #logged: readonly LoggedEvent[] = []
  #loggedCount = 0
  #confirmed: State
  #isBehind = false
  /** On top of `confirmed`, and on top of that; undefined where what is below has changed. */
  #rows: Folded<State> | undefined
  #drafts: Folded<State> | undefined

  /** C10: an event on which `reduce` throws is told to `failed` and leaves the state as it was. */
  constructor(
    empty: State,
    reduce: Reduce<State>,
    failed: (event: FoldedEvent, error: unknown) => void,
  ) {
    this.#pending = new PendingEvents()
    this.#empty = empty
    this.#reduce = reduce
    this.#failed = failed
    this.#confirmed = empty
    this.#value = new Watched<Fold<State>>({ confirmed: empty, current: empty })
  }

  get current(): Fold<State> {
    this.#catchUp()
    return this.#value.current
  }

  subscribe(listener: (value: Fold<State>) => void): () => void {
    this.#catchUp()
    return this.#value.subscribe(listener)
  }

  /** Folds what the log has gained, and takes note of what is pending. Tells nobody yet: see {@link tell}. */
  take(log: EventLog, outbox: Outbox | undefined, user: string): void {
    this.#isBehind = true
    if (outbox !== undefined) this.#pending.look(outbox, user, log)
    const { events } = log
    // C9: a log that starts anew has another array.
    if (events !== this.#logged) {
      this.#logged = events
      this.#loggedCount = 0
      this.#confirmed = this.#empty
      this.#rows = undefined
    }
    if (events.length === this.#loggedCount) return
    this.#rows = undefined
    // Of a list of its own: a reducer that pushes leads here once more while this is at work.
    for (const { name, payload, author, user, offset } of events.slice(this.#loggedCount)) {
      const event = { name, payload, author, user, offset, own: log.isOwn(author) }
      this.#confirmed = this.#step(this.#confirmed, event)
    }
    this.#loggedCount = events.length
  }

  tell(): void {
    if (this.#value.isWatched) this.#catchUp()
  }

  #catchUp(): void {
    if (!this.#isBehind) return
    this.#isBehind = false
    const { rows, drafts } = this.#pending.lists
    const below = this.#fold(rows, this.#rows, this.#confirmed)
    if (below !== this.#rows) this.#drafts = undefined
    this.#rows = below
    this.#drafts = this.#fold(drafts, this.#drafts, below.state)
    const [confirmed, current] = [this.#confirmed, this.#drafts.state]
    const before = this.#value.current
    if (Object.is(confirmed, before.confirmed) && Object.is(current, before.current)) return
    this.#value.set({ confirmed, current })
  }

  /** All of `events`, from where `before` left off if that is of the same list. */
  #fold(
    events: readonly FoldedEvent[],
    before: Folded<State> | undefined,
    below: State,
  ): Folded<State> {
    const known = before?.events === events ? before : { events, count: 0, state: below }
    if (known === before && known.count === events.length) return known
    const state = events
      .slice(known.count)
      .reduce((so, event) => this.#step(so, event), known.state)
    return { events, count: events.length, state }
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
