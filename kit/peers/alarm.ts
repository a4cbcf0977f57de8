import type { Millis } from '../../protocol/index.ts'
import type { Clock } from '../ports.ts'

/** One time at which a machine wants to be woken, moved as that changes. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #cancel: () => void = () => {}
  #at: Millis | undefined

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Undefined: not at all. */
  set(at: Millis | undefined): void {
    if (at === this.#at) return
    this.#cancel()
    this.#at = at
    if (at === undefined) return
    this.#cancel = this.#clock.wake(at, () => {
      this.#at = undefined
      this.#ring()
    })
  }
}
