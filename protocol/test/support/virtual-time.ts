import type { Millis } from '../../ids.ts'

/** Random numbers that a seed decides: mulberry32. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Task = { readonly at: Millis; readonly order: number; readonly run: () => void }

/** A clock that jumps to the next thing to do. */
export class VirtualTime {
  now: Millis = 0
  steps = 0
  #order = 0
  #tasks: Task[] = []

  /** Runs later, unless cancelled; what is due at once runs in the order in which it was asked for. */
  after(waitMs: number, run: () => void): () => void {
    return this.at(this.now + waitMs, run)
  }

  at(when: Millis, run: () => void): () => void {
    const task = { at: Math.max(this.now, when), order: this.#order++, run }
    const behind = this.#tasks.findIndex(({ at }) => at > task.at)
    this.#tasks.splice(behind === -1 ? this.#tasks.length : behind, 0, task)
    return () => {
      const at = this.#tasks.indexOf(task)
      if (at !== -1) this.#tasks.splice(at, 1)
    }
  }

  runUntil(end: Millis): void {
    for (;;) {
      const next = this.#tasks[0]
      if (next === undefined || next.at > end) break
      this.#tasks.shift()
      this.now = Math.max(this.now, next.at)
      this.steps++
      next.run()
    }
    this.now = end
  }
}
