/** Something large to send: it calls `done` when it has handed over all it has, or has nothing. */
export type Turn = (done: () => void) => void

/**
 * One thing after another for a connection whose queue is short enough: answers to pulls never pile up in memory,
 * however many rooms ask at once.
 */
export class SendTurns {
  readonly #isDrained: () => boolean
  readonly #waiting: Turn[] = []
  #isBusy = false
  #isLooking = false

  constructor(isDrained: () => boolean) {
    this.#isDrained = isDrained
  }

  ask(turn: Turn): void {
    this.#waiting.push(turn)
    this.look()
  }

  /** The queue may be shorter now. */
  look(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    while (!this.#isBusy && this.#waiting.length > 0 && this.#isDrained()) {
      this.#isBusy = true
      this.#waiting.shift()!(() => {
        this.#isBusy = false
        this.look()
      })
    }
    this.#isLooking = false
  }

  clear(): void {
    this.#waiting.length = 0
  }
}
