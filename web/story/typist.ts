/** What the typist must know of the client that he writes into. */
export type TypistFacts = {
  /** How often somebody wrote there by hand. */
  readonly handInputs: number
  /** Whether all that was typed is where it will stay: else two words might become one edit. */
  readonly isKept: boolean
}

const WORD_EVERY_MS = 350

/** Writes words one by one, each an edit of its own, and stops for good as soon as somebody writes by hand. */
export class Typist {
  readonly #words: readonly string[]
  #typed = 0
  #lastMs = -Infinity
  #handInputs: number | undefined
  #isQuiet = false

  constructor(words: readonly string[]) {
    this.#words = words
  }

  /** Whether nothing more will come of him. */
  get isDone(): boolean {
    return this.#isQuiet || this.#typed === this.#words.length
  }

  /** The word to type now, if there is one to be typed. */
  next(nowMs: number, { handInputs, isKept }: TypistFacts): string | undefined {
    this.#handInputs ??= handInputs
    if (handInputs > this.#handInputs) this.#isQuiet = true
    if (this.isDone || !isKept || nowMs - this.#lastMs < WORD_EVERY_MS) return undefined
    this.#lastMs = nowMs
    return this.#words[this.#typed++]
  }
}
