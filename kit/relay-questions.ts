import type { RelayView } from '../protocol/index.ts'
import { HoldfastError } from './holdfast-error.ts'

type Waiting = {
  readonly resolve: (view: RelayView) => void
  readonly reject: (error: HoldfastError) => void
}

/** Who waits to hear what the relay thinks of this page (W17). */
export class RelayQuestions {
  readonly #waiting = new Set<Waiting>()

  wait(): Promise<RelayView> {
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }))
  }

  answer(view: RelayView): void {
    for (const { resolve } of this.#waiting) resolve(view)
    this.#waiting.clear()
  }

  /** The answer will not come: the connection that carried the question is gone. */
  fail(why: () => HoldfastError): void {
    // Looked at after every input: an error is made, with its stack, only for somebody who waits.
    for (const { reject } of this.#waiting) reject(why())
    this.#waiting.clear()
  }
}

export const notLive = (): HoldfastError =>
  new HoldfastError('not-live', 'There is no connection to ask the relay by.')
