/**
 * Group commit. Jobs that are added in one turn of the event loop go into one commit; while a commit
 * is in flight, later jobs wait and form the next one. So a commit is always judged against durable
 * state alone, and a failed one takes nothing with it that was not in it.
 *
 *     idle ── add ──► gathering ── end of turn ──► committing ── done, none waiting ──► idle
 *                         ▲                             │
 *                         └────── done, some waiting ───┘
 */
export type Job = { reject(error: unknown): void }

export class CommitQueue<J extends Job> {
  readonly #commit: (jobs: readonly J[]) => Promise<void>
  readonly #endOfTurn: (run: () => void) => void
  #waiting: J[] = []
  #isBusy = false
  #onIdle: (() => void)[] = []

  /** `commit` settles each of its jobs itself; what it throws instead rejects them all. */
  constructor(
    commit: (jobs: readonly J[]) => Promise<void>,
    endOfTurn: (run: () => void) => void = setImmediate,
  ) {
    this.#commit = commit
    this.#endOfTurn = endOfTurn
  }

  add(job: J): void {
    this.#waiting.push(job)
    if (this.#isBusy) return
    this.#isBusy = true
    this.#endOfTurn(() => this.#run())
  }

  /** Resolves when nothing is in flight and nothing waits. */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }

  #run(): void {
    const jobs = this.#waiting
    this.#waiting = []
    this.#commit(jobs)
      .catch((error: unknown) => {
        for (const job of jobs) job.reject(error)
      })
      .finally(() => this.#next())
  }

  #next(): void {
    if (this.#waiting.length > 0) {
      this.#endOfTurn(() => this.#run())
      return
    }
    this.#isBusy = false
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
