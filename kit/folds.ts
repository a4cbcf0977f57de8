import type { Outbox } from '../protocol/index.ts'
import type { Fold, FoldedEvent, Readable } from './api.ts'
import { EventFold } from './event-fold.ts'
import type { Reduce } from './event-fold.ts'
import type { EventLog } from './event-log.ts'

/** What follows from whose events: undefined until local state is back. */
export type Pending = { readonly outbox: Outbox; readonly user: string } | undefined

/** All folds of a room, over one log and what is pending. */
export class Folds {
  readonly #log: EventLog
  readonly #failed: (event: FoldedEvent, error: unknown) => void
  readonly #folds = new Set<Pick<EventFold<unknown>, 'take' | 'tell'>>()

  constructor(log: EventLog, failed: (event: FoldedEvent, error: unknown) => void) {
    this.#log = log
    this.#failed = failed
  }

  add<State>(empty: State, reduce: Reduce<State>, pending: Pending): Readable<Fold<State>> {
    const fold = new EventFold(empty, reduce, this.#failed)
    this.#folds.add(fold)
    fold.take(this.#log, pending?.outbox, pending?.user ?? '')
    return fold
  }

  /** The log or the outbox may have changed. All take it in before anybody is told, who may read another of them. */
  update(pending: Pending): void {
    for (const fold of this.#folds) fold.take(this.#log, pending?.outbox, pending?.user ?? '')
    for (const fold of this.#folds) fold.tell()
  }
}
