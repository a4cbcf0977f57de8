/** The clock and the timers that faults run on; a test gives its own. */
export type FaultClock = {
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown
  readonly clearTimeout: (timer: unknown) => void
  /** Monotonic, ms. */
  readonly now: () => number
}

export const systemFaultClock = (): FaultClock => ({
  // Called as methods of anything but the window, the page's own timers throw.
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  now: () => performance.now(),
})

/** One direction of a wire: what goes in comes out later in the same order, so what is late delays all behind it. */
export class DelayLine<Item> {
  readonly #clock: FaultClock
  readonly #deliver: (item: Item) => void
  #waiting: { readonly item: Item; readonly dueAt: number }[] = []
  #timer: unknown

  constructor(clock: FaultClock, deliver: (item: Item) => void) {
    this.#clock = clock
    this.#deliver = deliver
  }

  /** Whether an item without delay would be delivered within `push`. */
  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  push(item: Item, delayMs: number): void {
    if (this.isIdle && delayMs <= 0) {
      this.#deliver(item)
      return
    }
    // What is due early still waits behind what went in before it.
    this.#waiting.push({ item, dueAt: this.#clock.now() + delayMs })
    this.#arm()
  }

  /** Forgets all that is under way. */
  clear(): void {
    this.#waiting = []
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(): void {
    const next = this.#waiting[0]
    if (next === undefined || this.#timer !== undefined) return
    const delayMs = Math.max(0, Math.ceil(next.dueAt - this.#clock.now()))
    this.#timer = this.#clock.setTimeout(() => this.#fired(), delayMs)
  }

  #fired(): void {
    this.#timer = undefined
    try {
      // A timer can be early by a fraction: what is not due yet waits on.
      for (;;) {
        const next = this.#waiting[0]
        if (next === undefined || next.dueAt > this.#clock.now()) break
        this.#waiting.shift()
        this.#deliver(next.item)
      }
    } finally {
      this.#arm()
    }
  }
}
