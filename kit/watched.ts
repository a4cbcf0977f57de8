import type { Readable } from './api.ts'

/** A value that tells its subscribers when it becomes another one. */
export class Watched<Value> implements Readable<Value> {
  readonly #listeners = new Set<(value: Value) => void>()
  readonly #isSame: (one: Value, other: Value) => boolean
  #current: Value

  constructor(first: Value, isSame: (one: Value, other: Value) => boolean = Object.is) {
    this.#current = first
    this.#isSame = isSame
  }

  get current(): Value {
    return this.#current
  }

  set(value: Value): void {
    if (this.#isSame(this.#current, value)) return
    this.#current = value
    for (const listener of this.#listeners) callApp(() => listener(value))
  }

  subscribe(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener)
    callApp(() => listener(this.#current))
    return () => void this.#listeners.delete(listener)
  }
}

/**
 * Calls the app's code. What it throws is the app's to see: it is thrown again where nobody of ours is in between, as
 * the browser does with its own event listeners.
 */
export const callApp = (call: () => void): void => {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
