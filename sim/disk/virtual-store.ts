import type { Process } from '../kernel/process.ts'
import type { Draws } from '../kernel/random.ts'
import { checkAppend, checkDeletion, checkInteger, checkRoom } from '../../relay/stores/judge.ts'
import { StoreError } from '../../relay/stores/store.ts'
import type {
  Append,
  AppendResult,
  Deletion,
  RoomState,
  Store,
  StoredBatch,
} from '../../relay/stores/store.ts'
import { DiskDraft } from './disk-draft.ts'
import type { VirtualDisk } from './virtual-disk.ts'

/** How long something takes, ms: drawn from `from` to `to`. */
export type MillisRange = readonly [from: number, to: number]

export type VirtualStoreOptions = {
  readonly readMs: MillisRange
  readonly syncMs: MillisRange
  /** Hears when a compaction is asked for, and when it has been told that it is on disk. */
  readonly compacting?: (stage: 'storing' | 'stored') => void
}

/** What can be wrong with one commit. `must-restart`: with this store for good. */
export type CommitFault = 'commit-failed' | 'disk-full' | 'must-restart'

/** At the most, from the end of a sync until the store's owner is told, ms: a crash may come between. */
const TELL_MS = 0.5

/** How often a sync that is under way when the process ends had reached the disk. */
const REACHED_SHARE = 0.25

const SENTENCES: Record<CommitFault, string> = {
  'commit-failed': 'The virtual disk failed.',
  'disk-full': 'The virtual disk is full: nothing of this was stored.',
  'must-restart': 'The virtual store is stuck behind a failure of the disk. Restart the relay.',
}

/** `prepare` judges what was asked for, and returns how to tell the one who asked once it is on disk. */
type Job = {
  readonly prepare: (draft: DiskDraft) => () => void
  readonly reject: (error: unknown) => void
}

type Ready = { readonly job: Job; readonly settle: () => void }

/** A store as the one on LMDB is, on a virtual disk: what is asked for in one turn is one atomic commit; one at a time. */
export class VirtualStore implements Store {
  readonly #disk: VirtualDisk
  readonly #process: Process
  readonly #draws: Draws
  readonly #options: VirtualStoreOptions
  /** Rooms whose heads this store has seen: it does not ask the disk for them again. */
  readonly #known = new Set<string>()
  #waiting: Job[] = []
  #isBusy = false
  /** What is being synced: it may reach the disk. */
  #syncing: DiskDraft | undefined
  #onIdle: (() => void)[] = []
  #isClosed = false
  /** Why this store is of no use any more. */
  #end: StoreError | undefined
  #nextFault: CommitFault | undefined
  #isFull = false
  #slowMs = 0

  /** Throws `in-use` while another store that writes to the disk lives. */
  constructor(disk: VirtualDisk, process: Process, draws: Draws, options: VirtualStoreOptions) {
    this.#disk = disk
    this.#process = process
    this.#draws = draws
    this.#options = options
    if (disk.writer !== undefined) {
      throw new StoreError('in-use', 'The virtual disk is in use by another process.')
    }
    disk.writer = this
    process.onEnd(() => this.#crash())
  }

  /** Fault: the next commit fails and leaves nothing behind; after `must-restart`, so does all that comes after it. */
  failNextCommit(fault: CommitFault): void {
    this.#nextFault = fault
  }

  /** Fault: as long as it is full, every commit fails. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull
  }

  /** Fault: so much longer takes each sync that begins, until it is set back to 0. */
  slowBy(ms: number): void {
    this.#slowMs = ms
  }

  append(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    return this.#write(() => {
      for (const append of appends) checkAppend(append)
      const copies = appends.map(({ room, expectHead, head, term, bytes }) => {
        return { room, expectHead, head, term, bytes: bytes.slice() }
      })
      return (draft) => draft.append(copies)
    })
  }

  open(room: string): Promise<RoomState> {
    return this.#read(
      () => checkRoom(room),
      () => this.#disk.readState(room),
    )
  }

  read(room: string, after: number, maxBytes: number): Promise<readonly StoredBatch[]> {
    const check = (): void => {
      checkRoom(room)
      checkInteger('after', after)
    }
    return this.#read(check, () => this.#disk.readBatches(room, after, maxBytes))
  }

  checkpoint(room: string, through: number, bytes: Uint8Array): Promise<void> {
    return this.#write(() => {
      checkRoom(room)
      checkInteger('through', through)
      const copy = bytes.slice()
      return (draft) => draft.checkpoint(room, through, copy)
    })
  }

  compact(room: string, after: number, batches: readonly StoredBatch[]): Promise<void> {
    return this.#write(() => {
      checkRoom(room)
      checkInteger('after', after)
      const copies = batches.map(({ head, bytes }) => ({ head, bytes: bytes.slice() }))
      this.#options.compacting?.('storing')
      return (draft) => draft.compact(room, after, copies)
    }).then(() => this.#options.compacting?.('stored'))
  }

  delete(room: string, deletion: Deletion): Promise<AppendResult> {
    return this.#write(() => {
      checkDeletion(room, deletion)
      const copy = { ...deletion, bytes: deletion.bytes.slice() }
      return (draft) => draft.delete(room, copy)
    })
  }

  rooms(): Promise<readonly string[]> {
    return this.#read(
      () => {},
      () => this.#disk.rooms(),
    )
  }

  close(): Promise<void> {
    this.#isClosed = true
    return new Promise((resolve) => {
      this.#onIdle.push(resolve)
      if (!this.#isBusy) this.#process.after(0, () => this.#idle())
    })
  }

  /** What is read is what is there when the answer comes, as where the disk answers at once. */
  #read<T>(check: () => void, read: () => T): Promise<T> {
    this.#process.scheduler.count++
    try {
      check()
      this.#checkUsable()
    } catch (error) {
      return this.#refuse(error)
    }
    return new Promise((resolve, reject) => {
      this.#process.after(this.#draws.between(...this.#options.readMs), () => {
        this.#process.scheduler.settles()
        try {
          resolve(read())
        } catch (error) {
          reject(error as StoreError)
        }
      })
    })
  }

  #write<T>(take: () => (draft: DiskDraft) => T): Promise<T> {
    this.#process.scheduler.count++
    try {
      const write = take()
      this.#checkUsable()
      return new Promise((resolve, reject) => {
        const prepare = (draft: DiskDraft): (() => void) => {
          const result = write(draft)
          return () => resolve(result)
        }
        this.#add({ prepare, reject })
      })
    } catch (error) {
      return this.#refuse(error)
    }
  }

  #refuse(error: unknown): Promise<never> {
    this.#process.scheduler.settles()
    return Promise.reject(error as StoreError)
  }

  #checkUsable(): void {
    if (this.#isClosed) throw new StoreError('closed', 'The virtual store is closed.')
    if (this.#end !== undefined) throw this.#end
  }

  #add(job: Job): void {
    this.#waiting.push(job)
    if (this.#isBusy) return
    this.#isBusy = true
    this.#process.after(0, () => this.#commit())
  }

  #commit(): void {
    const jobs = this.#waiting
    this.#waiting = []
    const draft = new DiskDraft(this.#disk, this.#known)
    const ready: Ready[] = []
    for (const job of jobs) {
      try {
        if (this.#end !== undefined) throw this.#end
        ready.push({ job, settle: job.prepare(draft) })
      } catch (error) {
        this.#process.scheduler.settles()
        job.reject(error)
      }
    }
    if (draft.writes.length === 0) {
      this.#tell(ready, undefined)
      return
    }
    const fault = this.#nextFault
    this.#nextFault = undefined
    if (fault === undefined) this.#syncing = draft
    const syncMs = this.#draws.between(...this.#options.syncMs) + this.#slowMs
    // The kernel's work, not the process's: it goes on while the process stands still.
    this.#process.scheduler.after(syncMs, () => this.#synced(draft, ready, fault))
  }

  #synced(draft: DiskDraft, ready: readonly Ready[], fault: CommitFault | undefined): void {
    if (!this.#process.isAlive) return
    this.#syncing = undefined
    let failure: StoreError | undefined
    const isFenced = this.#disk.writer !== this
    if (isFenced) failure = new StoreError('in-use', 'The virtual disk was taken over.')
    else if (fault !== undefined || this.#isFull) failure = this.#failureOf(fault ?? 'disk-full')
    else this.#disk.apply(draft.writes)
    this.#process.after(this.#draws.unit() * TELL_MS, () => this.#tell(ready, failure))
  }

  /** The commit that leaves LMDB stuck says that the disk failed; that nothing more will work is found out behind it. */
  #failureOf(fault: CommitFault): StoreError {
    if (fault !== 'must-restart') return new StoreError(fault, SENTENCES[fault])
    this.#end = new StoreError('must-restart', SENTENCES['must-restart'])
    return new StoreError('commit-failed', SENTENCES['commit-failed'])
  }

  #tell(ready: readonly Ready[], failure: StoreError | undefined): void {
    this.#process.scheduler.settles()
    if (failure !== undefined) this.#known.clear()
    for (const { job, settle } of ready) {
      if (failure === undefined) settle()
      else job.reject(failure)
    }
    if (this.#waiting.length > 0) {
      this.#process.after(0, () => this.#commit())
      return
    }
    this.#isBusy = false
    this.#idle()
  }

  #idle(): void {
    if (this.#isBusy || this.#onIdle.length === 0) return
    this.#process.scheduler.settles()
    this.#letGo()
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  #letGo(): void {
    if (this.#disk.writer === this) this.#disk.writer = undefined
  }

  #crash(): void {
    const syncing = this.#syncing
    if (syncing !== undefined && !this.#isFull && this.#draws.chance(REACHED_SHARE)) {
      this.#disk.apply(syncing.writes)
    }
    this.#letGo()
  }
}
