import { encodeFrame } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { Seat } from './seat.ts'

type Asked = {
  readonly seat: Seat
  readonly head: number
  readonly taken: number
  readonly left: number
}

/** C12: what pages give back to a room's log that lost it, and what everybody there is told of that. */
export class Restorers {
  readonly #context: RelayContext
  readonly #room: { readonly number: number; readonly seats: Iterable<Seat> }
  /** Whose records are not durable yet, in the order of the log. */
  #asked: Asked[] = []
  #records = 0
  readonly #sessions = new Set<number>()

  constructor(
    context: RelayContext,
    room: { readonly number: number; readonly seats: Iterable<Seat> },
  ) {
    this.#context = context
    this.#room = room
  }

  /**
   * A page gave back so many records, and so many that have no place yet. What it gave is in the log once `head` is durable, by it or by somebody who gave
   * the same before: told earlier, it would write anew what it does not see there yet.
   */
  gave(asked: Asked, durable: number): void {
    if (asked.head <= durable) this.#answer(asked)
    else this.#asked.push(asked)
  }

  durable(head: number): void {
    const done = this.#asked.filter((asked) => asked.head <= head)
    if (done.length === 0) return
    this.#asked = this.#asked.filter((asked) => asked.head > head)
    for (const asked of done) {
      this.#records += asked.taken
      if (asked.taken > 0) this.#sessions.add(asked.seat.session.number)
      this.#context.figures.recordsRestored += asked.taken
      this.#answer(asked)
    }
    if (done.every(({ taken }) => taken === 0)) return
    const frame = encodeFrame(this.#totals())
    for (const seat of this.#room.seats) {
      if (seat.isJoined) seat.link.sendEncoded('restored', frame)
    }
  }

  tell(seat: Seat): void {
    if (this.#records > 0) seat.link.send(this.#totals())
  }

  #totals() {
    const [records, sessions] = [this.#records, this.#sessions.size]
    return { type: 'restored', room: this.#room.number, records, sessions } as const
  }

  #answer({ seat, taken, left }: Asked): void {
    if (seat.isJoined) seat.link.send({ type: 'repaired', ref: seat.ref, taken, left })
  }
}
