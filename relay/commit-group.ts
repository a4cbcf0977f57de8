import type { RelayContext } from './context.ts'
import { Linger } from './linger.ts'
import { StoreError } from './stores/store.ts'
import type { Append, AppendResult, Store, StoreErrorCode } from './stores/store.ts'

/** Why a commit is not on disk and never will be. */
export type CommitFailure = 'cannot-store' | 'room-fell-back'

/** A room that has something to commit. */
export interface Committer {
  /** The batch that is to be committed now, if there is one. */
  nextAppend(): Append | undefined
  committed(): void
  failed(why: CommitFailure): void
  /** S16: what was done for it threw. */
  crashed(error: unknown): void
}

/**
 * S12: what all rooms have ready at the end of a turn of the event loop becomes one call of the store, and so one
 * commit. The turn's end is `clock.soon`: sockets deliver in the poll phase and `setImmediate` runs right behind it, so
 * everything that arrived together is taken. A microtask would run between two messages. Where the commit before began just now, or somebody asked for
 * it, a timer gathers more: see {@link Linger}.
 */
export class CommitGroup {
  readonly #context: RelayContext
  readonly #store: Store
  readonly #storeLost: (error: unknown) => void
  readonly #linger: Linger
  readonly #ready = new Set<Committer>()
  #isScheduled = false
  #inFlight = 0
  #onIdle: (() => void)[] = []
  /** When the store last refused a commit without one having succeeded since, and whether it can recover. */
  #trouble: { readonly at: number; readonly isLasting: boolean } | undefined

  /** `storeLost`: the store will not take anything again in this process. */
  constructor(context: RelayContext, store: Store, storeLost: (error: unknown) => void) {
    this.#context = context
    this.#store = store
    this.#linger = new Linger(context.clock, context.tuning)
    this.#storeLost = storeLost
  }

  request(committer: Committer): void {
    this.#ready.add(committer)
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { clock } = this.#context
    const { ms } = this.#linger
    if (ms === 0) clock.soon(this.#flush)
    else clock.setTimer(ms, this.#flush)
  }

  get trouble(): { readonly at: number; readonly isLasting: boolean } | undefined {
    return this.#trouble
  }

  /** Resolves when nothing is in flight and nothing waits. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#onIdle.push(resolve))
  }

  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.#ready.size === 0
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    const rooms = [...this.#ready]
    this.#ready.clear()
    const commits: { readonly room: Committer; readonly append: Append }[] = []
    for (const room of rooms) {
      this.#guard(room, () => {
        const append = room.nextAppend()
        if (append !== undefined) commits.push({ room, append })
      })
    }
    if (commits.length === 0) return this.#settled()
    this.#linger.flushed()
    this.#inFlight++
    const appends = commits.map(({ append }) => append)
    const touched = commits.map(({ room }) => room)
    this.#append(appends).then(
      (results) => this.#ended(touched, appends, results),
      (error: unknown) => this.#failed(touched, error),
    )
  }

  /** A store that throws instead of rejecting has failed all the same. */
  async #append(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    return this.#store.append(appends)
  }

  #ended(
    rooms: readonly Committer[],
    appends: readonly Append[],
    results: readonly AppendResult[],
  ): void {
    const { figures, log } = this.#context
    figures.commits++
    this.#trouble = undefined
    this.#inFlight--
    for (const [at, room] of rooms.entries()) {
      const result = results[at]
      const append = appends[at]!
      if (result?.ok === true) {
        figures.batches++
        figures.recordsAppended += append.head - append.expectHead
        figures.bytesAppended += append.bytes.length
        this.#guard(room, () => room.committed())
        continue
      }
      figures.commitFailures++
      log.error({ room: append.room, head: append.expectHead, result }, 'an append was refused')
      this.#guard(room, () => room.failed('room-fell-back'))
      if (result?.ok === false && result.code === 'stale-term') this.#lose(fenced())
    }
    this.#settled()
  }

  #failed(rooms: readonly Committer[], error: unknown): void {
    const { figures, log, clock } = this.#context
    figures.commitFailures++
    if (this.#trouble?.isLasting !== true) this.#trouble = { at: clock.now(), isLasting: false }
    this.#inFlight--
    log.error({ err: error, rooms: rooms.length }, 'a commit failed')
    for (const room of rooms) this.#guard(room, () => room.failed('cannot-store'))
    if (isLasting(error)) this.#lose(error)
    this.#settled()
  }

  /** S11: a lost store is often found out by a read: behind a failed commit each room is loaded anew. */
  readFailed(error: unknown): void {
    if (isLasting(error)) this.#lose(error)
  }

  #lose(error: unknown): void {
    if (this.#trouble?.isLasting === true) return
    this.#trouble = { at: this.#context.clock.now(), isLasting: true }
    this.#storeLost(error)
  }

  #settled(): void {
    if (!this.#isIdle) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** A bug in one room's path takes that room back to its durable state and leaves the others alone. */
  #guard(room: Committer, run: () => void): void {
    try {
      run()
    } catch (error) {
      room.crashed(error)
    }
  }
}

/** `in-use`: another process has the store now, and whoever is connected here would hear of nothing that is written there. */
const LASTING: readonly StoreErrorCode[] = ['must-restart', 'closed', 'in-use']

const isLasting = (error: unknown): boolean =>
  error instanceof StoreError && LASTING.includes(error.code)

const fenced = (): StoreError =>
  new StoreError('in-use', 'A relay that was started later has this store now.')
