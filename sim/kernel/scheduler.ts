/** A thing that is to happen; `isGone` once it happened or was given up. */
export type Task = { readonly at: number; readonly order: number; run: () => void; isGone: boolean }

/** How many turns of the microtask queue may follow from one task that settles a promise: the longest chain is a room's load. */
const SETTLING_TURNS = 24

const TURN = Promise.resolve()

/**
 * Virtual time: a heap of what is to happen, taken in the order of (time, order of asking). Nothing else moves the world, so
 * the same seed gives the same run. Milliseconds, with fractions.
 */
export class Scheduler {
  now = 0
  /**
   * How many things have happened at a port of a production class, either way: what the world did to it (a message, a timer, a
   * transaction that ended), and what it asked of the world or told the app.
   */
  count = 0
  #asked = 0
  #turns = 0
  readonly #heap: Task[] = []

  at(at: number, run: () => void): Task {
    const task = { at: at > this.now ? at : this.now, order: this.#asked++, run, isGone: false }
    this.#push(task)
    return task
  }

  after(ms: number, run: () => void): Task {
    return this.at(this.now + ms, run)
  }

  /**
   * Promises are about to be settled: before the next task their reactions are run. Only adapters of promises call this, so
   * that a run of machines without them never leaves the stack.
   */
  settles(turns: number = SETTLING_TURNS): void {
    if (turns > this.#turns) this.#turns = turns
  }

  /** Lets time pass up to `until`, or until `isOver` says that it is enough. */
  async runUntil(until: number, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      const task = this.#heap[0]
      if (task === undefined || task.at > until) break
      this.#pop()
      if (task.isGone) continue
      this.now = task.at
      task.isGone = true
      this.count++
      task.run()
      while (this.#turns > 0) {
        this.#turns--
        await TURN
      }
      if (isOver()) return
    }
    if (until > this.now && until !== Infinity) this.now = until
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(task)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]!
      if (!isBefore(task, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      const child = heap[below]!
      if (!isBefore(child, last)) break
      heap[at] = child
      at = below
    }
    heap[at] = last
  }
}

const isBefore = (one: Task, other: Task): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)
