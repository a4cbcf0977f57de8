import type { Scheduler } from './scheduler.ts'

/**
 * A process of the world, a page or a relay: what was scheduled for it dies with it, and waits while it stands still. An
 * adapter that calls into the process goes through here, so that nothing of a dead one ever runs again.
 */
export class Process {
  readonly scheduler: Scheduler
  #isAlive = true
  #isFrozen = false
  #held: (() => void)[] = []
  readonly #onEnd: (() => void)[] = []

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Calls `run` at `at` or, if the process stands still then, when it goes on; never once it has ended. Returns how to give up. */
  at(at: number, run: () => void): () => void {
    const task = this.scheduler.at(at, () => this.#run(guarded))
    let isGivenUp = false
    const guarded = (): void => {
      if (!isGivenUp) run()
    }
    return () => {
      isGivenUp = true
      task.isGone = true
    }
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.scheduler.now + ms, run)
  }

  /** As SIGSTOP, or a frozen tab: everything that would have happened waits. */
  freeze(): void {
    this.#isFrozen = true
  }

  thaw(): void {
    this.#isFrozen = false
    this.scheduler.after(0, () => this.#goOn())
  }

  /** As SIGKILL. */
  end(): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#held = []
    for (const run of this.#onEnd.splice(0)) run()
  }

  /** What the world does when the process has ended, such as closing its sockets. */
  onEnd(run: () => void): void {
    this.#onEnd.push(run)
  }

  #run(run: () => void): void {
    if (!this.#isAlive) return
    // What is due while older things still wait comes behind them, or messages would overtake one another.
    if (this.#isFrozen || this.#held.length > 0) this.#held.push(run)
    else run()
  }

  /** One thing that waited; the next one is a task of its own. */
  #goOn(): void {
    if (this.#isFrozen) return
    this.#held.shift()?.()
    if (this.#held.length > 0) this.scheduler.after(0, () => this.#goOn())
  }
}
