import type { RoomName } from '../../protocol/index.ts'
import type {
  KeptRoom,
  RoomChange,
  Storage,
  StorageFailure,
  StorageProtection,
  StorageResult,
} from '../../kit/ports.ts'
import type { Process } from '../kernel/process.ts'
import type { Draws } from '../kernel/random.ts'
import type { VirtualProfile } from './virtual-profile.ts'

/** How long something takes, ms: drawn from `from` to `to`. */
export type MillisRange = readonly [from: number, to: number]

export type VirtualStorageOptions = {
  /** From a call, or from when the one before it is on disk, until it is on disk. */
  readonly beginMs: MillisRange
  /** From then until it is answered. */
  readonly doneMs: MillisRange
  /** How long a call may take before it is given up: the adapter's time limit and its grace, by default. */
  readonly limitMs?: number
}

const LIMIT_MS = 2050
const PROTECTION_MS = 1
const QUOTA: StorageFailure = { code: 'quota', reason: 'The virtual browser has no space left.' }
const CLOSED: StorageFailure = { code: 'closed', reason: 'The virtual database was closed.' }
const TIMEOUT: StorageFailure = { code: 'timeout', reason: 'The virtual browser did not answer.' }

/** A call under way: first it happens on the disk, in one instant, then it is answered. */
type Call = {
  readonly run: () => StorageResult<unknown>
  readonly done: (result: StorageResult<unknown>) => void
  /** What to answer, once it happened. */
  result: StorageResult<unknown> | undefined
  isAnswered: boolean
  isLimited: boolean
}

/** What one tab of a profile keeps: as the adapter on IndexedDB, whose transactions happen in the order of the calls. */
export class VirtualStorage implements Storage {
  readonly #profile: VirtualProfile
  readonly #process: Process
  readonly #draws: Draws
  readonly #options: VirtualStorageOptions
  readonly #lostListeners = new Set<() => void>()
  /** Calls that have not happened, and those that did and are not answered: each in the order of the calls. */
  #waiting: Call[] = []
  #happened: Call[] = []
  #happensAt = 0
  #hungUntil = 0
  #isFull = false
  #isClosed = false

  constructor(
    profile: VirtualProfile,
    process: Process,
    draws: Draws,
    options: VirtualStorageOptions,
  ) {
    this.#profile = profile
    this.#process = process
    this.#draws = draws
    this.#options = options
    process.onEnd(profile.openTab(() => this.#lose()))
  }

  /** Fault: as long as it is full, whatever puts something is answered `quota`, and nothing of it is kept. */
  setQuota(isFull: boolean): void {
    this.#isFull = isFull
  }

  /** Fault, as Chromium's `close` event: what has not happened never does; the next call works again. */
  closeDatabase(): void {
    this.#lose()
  }

  /**
   * Fault: nothing happens and no call is answered for `ms` from now; 0 ends it. A call that takes too long by that is
   * answered `timeout`.
   */
  hang(ms: number): void {
    this.#hungUntil = this.#process.scheduler.now + ms
    for (const call of [...this.#happened, ...this.#waiting]) this.#limit(call)
    if (ms > 0) return
    // What was put off until the end of the hang comes now.
    for (const _ of this.#happened) this.#process.after(0, () => this.#tell())
    for (const _ of this.#waiting) this.#process.after(0, () => this.#happen())
  }

  load(room: RoomName, done: (result: StorageResult<KeptRoom>) => void): void {
    this.#call(() => ({ ok: true, value: this.#profile.load(room) }), done)
  }

  commit(
    room: RoomName,
    change: RoomChange,
    done: (result: StorageResult<'committed' | 'superseded'>) => void,
  ): void {
    this.#call(() => {
      const isRefused = this.#isFull && putsAnything(change)
      if (isRefused && !this.#profile.isSuperseded(room, change)) {
        return { ok: false, failure: QUOTA }
      }
      return { ok: true, value: this.#profile.commit(room, change) }
    }, done)
  }

  roomsWithRows(done: (result: StorageResult<readonly RoomName[]>) => void): void {
    this.#call(() => ({ ok: true, value: this.#profile.roomsWithRows() }), done)
  }

  profileId(fresh: string, done: (result: StorageResult<string>) => void): void {
    this.#call(() => {
      if (this.#isFull && this.#profile.id === undefined) return { ok: false, failure: QUOTA }
      return { ok: true, value: this.#profile.profileId(fresh) }
    }, done)
  }

  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener)
    return () => {
      this.#lostListeners.delete(listener)
    }
  }

  protection(done: (result: StorageProtection) => void): void {
    this.#process.after(PROTECTION_MS, () => done({ isPersisted: false }))
  }

  close(): void {
    this.#isClosed = true
    this.#lostListeners.clear()
  }

  #call<Value>(
    run: () => StorageResult<Value>,
    done: (result: StorageResult<Value>) => void,
  ): void {
    const { scheduler } = this.#process
    const { now } = scheduler
    scheduler.count++
    if (this.#isClosed) {
      this.#process.after(0, () => done({ ok: false, failure: CLOSED }))
      return
    }
    const call: Call = {
      run,
      // What `run` gives is all that it is ever called with.
      done: done as (result: StorageResult<unknown>) => void,
      result: undefined,
      isAnswered: false,
      isLimited: false,
    }
    this.#waiting.push(call)
    if (now < this.#hungUntil) this.#limit(call)
    const begins = this.#happensAt > now ? this.#happensAt : now
    this.#happensAt = begins + this.#draws.between(...this.#options.beginMs)
    this.#process.at(this.#happensAt, () => this.#happen())
  }

  /** Of the first that waits, whichever it was planned for: so the order stays, whatever was lost or stood still. */
  #happen(): void {
    const { now } = this.#process.scheduler
    if (now < this.#hungUntil) {
      this.#process.at(this.#hungUntil, () => this.#happen())
      return
    }
    const call = this.#waiting.shift()
    if (call === undefined) return
    call.result = call.run()
    this.#happened.push(call)
    const doneMs = this.#draws.between(...this.#options.doneMs)
    this.#process.after(doneMs, () => this.#tell())
  }

  /** Of the first that happened and is not told, as above. */
  #tell(): void {
    if (this.#process.scheduler.now < this.#hungUntil) {
      this.#process.at(this.#hungUntil, () => this.#tell())
      return
    }
    const call = this.#happened.shift()
    if (call?.result !== undefined) this.#answer(call, call.result)
  }

  #answer(call: Call, result: StorageResult<unknown>): void {
    if (call.isAnswered) return
    call.isAnswered = true
    call.done(result)
  }

  /** From now on a call's time is limited: of one that was not hung the answer comes in time anyway. */
  #limit(call: Call): void {
    if (call.isLimited) return
    call.isLimited = true
    this.#process.after(this.#options.limitMs ?? LIMIT_MS, () => this.#giveUp(call))
  }

  /** Whether it happens all the same, when the disk goes on, nobody knows. */
  #giveUp(call: Call): void {
    if (call.result === undefined && this.#draws.chance(0.5)) remove(this.#waiting, call)
    this.#answer(call, { ok: false, failure: TIMEOUT })
  }

  #lose(): void {
    for (const call of this.#waiting.splice(0)) {
      this.#process.after(0, () => this.#answer(call, { ok: false, failure: CLOSED }))
    }
    this.#process.after(0, () => {
      for (const listener of this.#lostListeners) listener()
    })
  }
}

const putsAnything = ({ putRows, putRejected, putBatches, fold }: RoomChange): boolean =>
  (putRows?.length ?? 0) + (putRejected?.length ?? 0) + (putBatches?.length ?? 0) > 0 ||
  fold !== undefined

const remove = <Value>(list: Value[], value: Value): void => {
  const at = list.indexOf(value)
  if (at !== -1) list.splice(at, 1)
}
