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

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  /** What is the same is no news, but it is what is read from now on: an age in it, say, is of now. */
  set(value: Value): void {
    const isNews = !this.#isSame(this.#current, value)
    this.#current = value
    if (!isNews) return
    // A listener may change it once more: those behind it are told what is, not what was.
    for (const listener of this.#listeners) callApp(() => listener(this.#current))
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

/** Puts an item in; returns how to take it out again. */
export const addTo = <Item>(set: Set<Item>, item: Item): (() => void) => {
  set.add(item)
  return () => void set.delete(item)
}
