import type { Millis } from './ids.ts'
import type { Outbox } from './outbox.ts'

/** How long a room may be still while something of ours waits to be settled, and while nothing does. */
const WAITING_MS = 8000
const IDLE_MS = 60_000
const ANSWER_MS = 6000

/**
 * C11: the connection may be well and the relay all the same not have this room open for us any more, because the frame that said
 * so was lost. A room that is still for long is therefore asked after.
 */
export class RoomWatch {
  readonly #outbox: Pick<Outbox, 'unsettledCount'>
  readonly #isQuiet: () => boolean
  #heardAt: Millis = 0
  #askedAt: Millis | undefined

  /** `isQuiet`: over a link that is silent itself nothing is asked; a question would tell the relay that we live. */
  constructor(outbox: Pick<Outbox, 'unsettledCount'>, isQuiet: () => boolean) {
    this.#outbox = outbox
    this.#isQuiet = isQuiet
  }

  /** Something came that was of this room. */
  heard(now: Millis): void {
    this.#heardAt = now
    this.#askedAt = undefined
  }

  deadline(): Millis | undefined {
    if (this.#isQuiet()) return undefined
    if (this.#askedAt !== undefined) return this.#askedAt + ANSWER_MS
    return this.#heardAt + (this.#outbox.unsettledCount > 0 ? WAITING_MS : IDLE_MS)
  }

  /** What is to be done now: to ask, or to take the link for dead since nobody answered. */
  look(now: Millis): 'ask' | 'dead' | undefined {
    const deadline = this.deadline()
    if (deadline === undefined || now < deadline) return undefined
    if (this.#askedAt !== undefined) return 'dead'
    this.#askedAt = now
    return 'ask'
  }
}
