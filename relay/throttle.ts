import type { Clock } from './clock.ts'

/** Runs something `firstMs` after it was asked for, however often that is, but never twice within `everyMs`. */
export class Throttle {
  readonly #clock: Clock
  readonly #everyMs: () => number
  readonly #firstMs: number
  readonly #run: () => void
  #lastAt = -Infinity
  #isWaiting = false
  #cancel: (() => void) | undefined

  constructor(
    clock: Clock,
    { everyMs, firstMs = 0 }: { readonly everyMs: () => number; readonly firstMs?: number },
    run: () => void,
  ) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#firstMs = firstMs
    this.#run = run
  }

  request(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const waitMs = Math.max(this.#firstMs, this.#lastAt + this.#everyMs() - this.#clock.now())
    if (waitMs <= 0) this.#clock.soon(() => this.#fire())
    else this.#cancel = this.#clock.setTimer(waitMs, () => this.#fire())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#isWaiting = false
  }

  #fire(): void {
    if (!this.#isWaiting) return
    this.stop()
    this.#lastAt = this.#clock.now()
    this.#run()
  }
}
