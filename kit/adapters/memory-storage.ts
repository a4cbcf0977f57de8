import { keyOf } from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import type {
  Base,
  KeptRoom,
  OutboxRow,
  RejectedRow,
  RoomChange,
  Storage,
  StorageFailure,
  StorageProtection,
  StorageResult,
  KeptBatch,
} from '../ports.ts'
import { arrangeRoom, isFoldable, rowToKeep, tightBase, tightBatch, tightRow } from './kept-room.ts'

type RoomOnDisk = {
  base: Base | undefined
  receiptKey: Uint8Array | undefined
  readonly batches: Map<string, KeptBatch>
  readonly rows: Map<string, OutboxRow>
  readonly rejected: Map<string, RejectedRow>
}

/** What several {@link MemoryStorage}s share: the disk that a reload of the page finds again. */
export class MemoryDisk {
  readonly #rooms = new Map<RoomName, RoomOnDisk>()
  readonly #wipeListeners = new Set<() => void>()
  #profile: string | undefined

  /** As when the user clears the site's data, or the browser evicts it. */
  wipe(): void {
    this.#rooms.clear()
    this.#profile = undefined
    for (const listener of this.#wipeListeners) listener()
  }

  onWiped(listener: () => void): () => void {
    this.#wipeListeners.add(listener)
    return () => {
      this.#wipeListeners.delete(listener)
    }
  }

  load(room: RoomName): KeptRoom {
    const kept = this.#room(room)
    return structuredClone(
      arrangeRoom(
        kept.base,
        [...kept.batches.values()],
        [...kept.rows.values()],
        [...kept.rejected.values()],
        kept.receiptKey,
      ),
    )
  }

  commit(room: RoomName, change: RoomChange): 'committed' | 'superseded' {
    const kept = this.#room(room)
    const { fold } = change
    if (fold !== undefined && !isFoldable(kept.base, fold)) return 'superseded'
    if (change.forgetLog === true) {
      kept.base = undefined
      kept.batches.clear()
    }
    for (const { author, seq } of change.dropRows ?? []) kept.rows.delete(keyOf(author, seq))
    for (const { author, seq } of change.dropRejected ?? []) {
      kept.rejected.delete(keyOf(author, seq))
    }
    for (const row of structuredClone((change.putRows ?? []).map(tightRow))) {
      const key = keyOf(row.author, row.seq)
      kept.rows.set(key, rowToKeep(kept.rows.get(key), row))
    }
    for (const row of structuredClone((change.putRejected ?? []).map(tightRow))) {
      kept.rejected.set(keyOf(row.author, row.seq), row)
    }
    for (const batch of structuredClone((change.putBatches ?? []).map(tightBatch))) {
      kept.batches.set(`${batch.epoch}/${batch.last}`, batch)
    }
    if (change.receiptKey !== undefined) kept.receiptKey = change.receiptKey.slice()
    if (fold !== undefined) {
      kept.base = structuredClone(tightBase(fold.base))
      for (const [key, { epoch, last }] of kept.batches) {
        if (epoch !== fold.base.epoch || last <= fold.base.offset) kept.batches.delete(key)
      }
    }
    return 'committed'
  }

  roomsWithRows(): readonly RoomName[] {
    return [...this.#rooms]
      .filter(([, kept]) => kept.rows.size > 0)
      .map(([room]) => room)
      .toSorted()
  }

  profileId(fresh: string): string {
    this.#profile ??= fresh
    return this.#profile
  }

  #room(room: RoomName): RoomOnDisk {
    let kept = this.#rooms.get(room)
    if (kept === undefined) {
      kept = {
        base: undefined,
        receiptKey: undefined,
        batches: new Map(),
        rows: new Map(),
        rejected: new Map(),
      }
      this.#rooms.set(room, kept)
    }
    return kept
  }
}

/** A call that waits for its turn: `run` does it, `refuse` answers it without. */
type Call = {
  readonly isCommit: boolean
  readonly run: () => void
  readonly refuse: (code: StorageFailure['code']) => void
}

export type MemoryStorageOptions = {
  /** Shared between pages, and found again after a reload; one's own by default. */
  readonly disk?: MemoryDisk
  /** Runs a task soon, in order, never at once; `queueMicrotask` by default. */
  readonly later?: (task: () => void) => void
}

/** What a browser keeps, in memory: for tests, and for pages that may not keep anything. Its disk can be made to fail. */
export class MemoryStorage implements Storage {
  readonly #disk: MemoryDisk
  readonly #later: (task: () => void) => void
  readonly #lostListeners = new Set<() => void>()
  readonly #stopWatching: () => void
  #waiting: Call[] = []
  #isHeld = false
  #isClosed = false
  #brokenWith: StorageFailure['code'] | undefined
  #nextCommitFailsWith: StorageFailure['code'] | undefined

  constructor(options: MemoryStorageOptions = {}) {
    this.#disk = options.disk ?? new MemoryDisk()
    // Called as a method, a browser's own function would be given the wrong `this` and refuse.
    this.#later = options.later ?? ((task) => queueMicrotask(task))
    this.#stopWatching = this.#disk.onWiped(() => {
      for (const call of this.#waiting.splice(0)) this.#later(() => call.refuse('closed'))
      this.#later(() => {
        for (const listener of this.#lostListeners) listener()
      })
    })
  }

  /** Fault: the next commit fails, and nothing of it is kept. */
  failNextCommit(code: StorageFailure['code']): void {
    this.#nextCommitFailsWith = code
  }

  /** Fault: every call fails with `code`, until {@link repair}. */
  breakDown(code: StorageFailure['code']): void {
    this.#brokenWith = code
  }

  repair(): void {
    this.#brokenWith = undefined
  }

  /** Fault: no call is done or answered until {@link release}; what is held when the page ends never happened. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.#later(() => this.#work())
  }

  /** How many calls wait for {@link release}, or for their turn. */
  get waitingCount(): number {
    return this.#waiting.length
  }

  load(room: RoomName, done: (result: StorageResult<KeptRoom>) => void): void {
    this.#call(false, () => this.#disk.load(room), done)
  }

  commit(
    room: RoomName,
    change: RoomChange,
    done: (result: StorageResult<'committed' | 'superseded'>) => void,
  ): void {
    this.#call(true, () => this.#disk.commit(room, change), done)
  }

  roomsWithRows(done: (result: StorageResult<readonly RoomName[]>) => void): void {
    this.#call(false, () => this.#disk.roomsWithRows(), done)
  }

  profileId(fresh: string, done: (result: StorageResult<string>) => void): void {
    this.#call(false, () => this.#disk.profileId(fresh), done)
  }

  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener)
    return () => {
      this.#lostListeners.delete(listener)
    }
  }

  protection(done: (result: StorageProtection) => void): void {
    this.#later(() => done({ isPersisted: false }))
  }

  close(): void {
    this.#isClosed = true
    this.#lostListeners.clear()
    this.#stopWatching()
  }

  #call<Value>(
    isCommit: boolean,
    run: () => Value,
    done: (result: StorageResult<Value>) => void,
  ): void {
    const refuse = (code: StorageFailure['code']): void => {
      done({ ok: false, failure: { code, reason: `The memory storage was told to: ${code}.` } })
    }
    if (this.#isClosed) {
      this.#later(() => refuse('closed'))
      return
    }
    this.#waiting.push({ isCommit, refuse, run: () => done({ ok: true, value: run() }) })
    this.#later(() => this.#work())
  }

  /** One task for each call, so that what happens between two of them is as it is between transactions. */
  #work(): void {
    if (this.#isHeld) return
    const call = this.#waiting.shift()
    if (call === undefined) return
    if (this.#waiting.length > 0) this.#later(() => this.#work())
    const failure = this.#brokenWith ?? (call.isCommit ? this.#nextCommitFailsWith : undefined)
    if (call.isCommit) this.#nextCommitFailsWith = undefined
    if (failure === undefined) call.run()
    else call.refuse(failure)
  }
}
