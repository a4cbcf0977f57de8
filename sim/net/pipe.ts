import type { Draws } from '../kernel/random.ts'
import type { Process } from '../kernel/process.ts'
import type { Route } from './route.ts'

/** Which way: `up` is to the relay. */
export type Direction = 'up' | 'down'

/** Where a pipe ends: the messages of a dead process reach nobody, those of one that stands still wait. */
export type PipeEnd = {
  readonly process: Process
  readonly message: (bytes: Uint8Array) => void
}

/** One direction of one connection: what is sent arrives whole, in order, once, or not at all behind the place of a cut. */
export class Pipe {
  /** Bytes that were sent and have not arrived. */
  queuedBytes = 0
  readonly #route: Route
  readonly #draws: Draws
  readonly #direction: Direction
  readonly #end: PipeEnd
  #lastAt = 0
  #isCut = false
  /** Half open: what is sent vanishes, and both ends think that it arrives. Once begun it does not heal. */
  #isEaten = false

  constructor(route: Route, draws: Draws, direction: Direction, end: PipeEnd) {
    this.#route = route
    this.#draws = draws
    this.#direction = direction
    this.#end = end
    this.#isEaten = route.eats(direction)
  }

  /** `gone` is called when the message has left the sender's side. */
  send(bytes: Uint8Array, gone: (() => void) | undefined): void {
    if (this.#isCut) return
    const { process } = this.#end
    process.scheduler.count++
    if (this.#isEaten || this.#route.eats(this.#direction)) {
      this.#isEaten = true
      return gone?.()
    }
    const what = this.#route.strike(this.#direction, bytes)
    const { now } = process.scheduler
    const at = this.#route.arrivalOf(this.#direction, now, this.#draws)
    this.#lastAt = at > this.#lastAt ? at : this.#lastAt
    for (const each of what) {
      this.queuedBytes += each.length
      process.scheduler.at(this.#lastAt, () => this.#arrive(each, gone))
    }
    if (what.length === 0) gone?.()
  }

  /** What is under way is lost. */
  cut(): void {
    this.#isCut = true
    this.queuedBytes = 0
  }

  /** Whether what is sent reaches nobody; nor does the news that the connection is over. */
  get isEaten(): boolean {
    return this.#isEaten
  }

  /** Half open from now on. */
  eat(): void {
    this.#isEaten = true
  }

  /** When what was sent so far has arrived. */
  get emptyAt(): number {
    return this.#lastAt
  }

  #arrive(bytes: Uint8Array, gone: (() => void) | undefined): void {
    if (this.#isCut) return
    this.queuedBytes -= bytes.length
    gone?.()
    if (this.#isEaten) return
    const { process, message } = this.#end
    if (process.isFrozen) process.after(0, () => message(bytes))
    else if (process.isAlive) message(bytes)
  }
}
