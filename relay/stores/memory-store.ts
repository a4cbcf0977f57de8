/**
 * A store without a disk, for tests and the simulator. What a crash would leave behind is the
 * `MemoryDisk`; open a new store on it to come back from one. Its faults can be switched on.
 */
import { CommitQueue } from './commit-queue.ts'
import type { Job } from './commit-queue.ts'
import {
  EMPTY_ROOM,
  checkAppend,
  checkCheckpoint,
  checkCompaction,
  checkDeletion,
  checkInteger,
  checkRoom,
  judge,
} from './judge.ts'
import type { RoomHead } from './judge.ts'
import { StoreError } from './store.ts'
import type {
  Append,
  AppendResult,
  Checkpoint,
  Deletion,
  RoomState,
  Store,
  StoredBatch,
} from './store.ts'

type MemoryRoom = RoomHead & {
  batches: StoredBatch[]
  checkpoint?: Checkpoint
  deleted?: Uint8Array
}

/** What is "synced". Survives the stores that are opened on it. */
export class MemoryDisk {
  readonly rooms: Map<string, MemoryRoom> = new Map()

  /** What is in it now, as a backup has it. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    copy.become(this)
    return copy
  }

  /** A backup is put back. */
  become(other: MemoryDisk): void {
    const rooms = [...other.rooms]
    this.rooms.clear()
    for (const [name, room] of rooms) this.rooms.set(name, { ...room, batches: [...room.batches] })
  }
}

export type MemoryStoreOptions = {
  disk?: MemoryDisk
  /** Runs its argument when the turn is over; `setImmediate` unless a simulated clock says otherwise. */
  endOfTurn?: (run: () => void) => void
}

type Write = Job & { apply(disk: MemoryDisk): void }

export class MemoryStore implements Store {
  readonly #disk: MemoryDisk
  readonly #queue: CommitQueue<Write>
  #isClosed = false
  #hold: Promise<void> | undefined
  #failure: StoreError | undefined

  constructor({ disk = new MemoryDisk(), endOfTurn }: MemoryStoreOptions = {}) {
    this.#disk = disk
    this.#queue = new CommitQueue((writes) => this.#commit(writes), endOfTurn)
  }

  /** Fault: no commit ends before the returned function is called. */
  holdCommits(): () => void {
    const { promise, resolve } = withResolvers()
    this.#hold = promise
    return () => {
      if (this.#hold === promise) this.#hold = undefined
      resolve()
    }
  }

  /** Fault: the next commit fails, once. */
  failNextCommit(
    error: StoreError = new StoreError('commit-failed', 'A test made this commit fail.'),
  ): void {
    this.#failure = error
  }

  async append(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    for (const append of appends) checkAppend(append)
    const copies = appends.map((append) => ({ ...append, bytes: append.bytes.slice() }))
    return this.#write((disk) => copies.map((append) => appendTo(disk, append)))
  }

  async open(room: string): Promise<RoomState> {
    const { head, term, checkpoint, deleted } = this.#room(room)
    return {
      head,
      term,
      ...(checkpoint && { checkpoint: { ...checkpoint, bytes: checkpoint.bytes.slice() } }),
      ...(deleted && { deleted: deleted.slice() }),
    }
  }

  async read(room: string, after: number, maxBytes: number): Promise<readonly StoredBatch[]> {
    checkInteger('after', after)
    const page: StoredBatch[] = []
    let size = 0
    for (const { head, bytes } of this.#room(room).batches) {
      if (head <= after) continue
      size += bytes.length
      if (page.length > 0 && size > maxBytes) break
      page.push({ head, bytes: bytes.slice() })
    }
    return page
  }

  async checkpoint(room: string, through: number, bytes: Uint8Array): Promise<void> {
    checkRoom(room)
    checkInteger('through', through)
    const copy = bytes.slice()
    return this.#write((disk) => {
      const state = disk.rooms.get(room) ?? emptyRoom()
      checkCheckpoint(room, through, {
        before: state.checkpoint?.through ?? 0,
        head: state.head,
      })
      disk.rooms.set(room, { ...state, checkpoint: { through, bytes: copy } })
    })
  }

  async compact(room: string, after: number, batches: readonly StoredBatch[]): Promise<void> {
    checkRoom(room)
    checkInteger('after', after)
    const copies = batches.map(({ head, bytes }) => ({ head, bytes: bytes.slice() }))
    return this.#write((disk) => {
      const state = disk.rooms.get(room) ?? emptyRoom()
      checkCompaction(room, after, copies, {
        checkpointed: state.checkpoint?.through ?? 0,
        endsAt: (offset) => state.batches.some(({ head }) => head === offset),
      })
      const last = copies.at(-1)!.head
      const before = state.batches.filter(({ head }) => head <= after)
      const behind = state.batches.filter(({ head }) => head > last)
      disk.rooms.set(room, { ...state, batches: [...before, ...copies, ...behind] })
    })
  }

  async delete(room: string, deletion: Deletion): Promise<AppendResult> {
    checkDeletion(room, deletion)
    const copy = deletion.bytes.slice()
    return this.#write((disk) => {
      const result = judge(deletion, disk.rooms.get(room) ?? EMPTY_ROOM)
      if (result.ok) {
        disk.rooms.set(room, { ...emptyRoom(), term: deletion.term, deleted: copy })
      }
      return result
    })
  }

  async rooms(): Promise<readonly string[]> {
    this.#checkOpen()
    const names = [...this.#disk.rooms].filter(([, room]) => room.head > 0).map(([name]) => name)
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#queue.idle()
  }

  #room(room: string): MemoryRoom {
    this.#checkOpen()
    checkRoom(room)
    return this.#disk.rooms.get(room) ?? emptyRoom()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreError('closed', 'The store is closed.')
  }

  #write<T>(apply: (disk: MemoryDisk) => T): Promise<T> {
    this.#checkOpen()
    return new Promise((resolve, reject) => {
      this.#queue.add({ reject, apply: (disk) => resolve(apply(disk)) })
    })
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    await this.#hold
    const failure = this.#failure
    this.#failure = undefined
    if (failure) throw failure
    for (const write of writes) {
      try {
        write.apply(this.#disk)
      } catch (error) {
        write.reject(error)
      }
    }
  }
}

function appendTo(disk: MemoryDisk, { room, head, term, bytes, expectHead }: Append): AppendResult {
  const state = disk.rooms.get(room) ?? emptyRoom()
  const result = judge({ expectHead, term }, state)
  if (result.ok) {
    state.batches.push({ head, bytes })
    disk.rooms.set(room, { ...state, head, term })
  }
  return result
}

function emptyRoom(): MemoryRoom {
  return { ...EMPTY_ROOM, batches: [] }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
