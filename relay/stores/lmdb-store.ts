/**
 * The store on LMDB. One commit is one transaction of LMDB and one sync; it is conditional on this
 * store still being the writer. Readers see what is synced, because LMDB writes the page that makes a
 * commit visible after the sync of all others, and is told not to overlap the two.
 *
 * Behind a failed commit LMDB is closed and opened again before anything else: after a failed write
 * of that last page it answers neither reads nor writes, and its promises never settle.
 */
import { join } from 'node:path'
import { CommitQueue } from './commit-queue.ts'
import type { Job } from './commit-queue.ts'
import { checkAppend, checkCheckpoint, checkDeletion, checkInteger, checkRoom } from './judge.ts'
import type { RoomHead } from './judge.ts'
import { Draft } from './lmdb-draft.ts'
import {
  checkFormat,
  closeDb,
  damagedFile,
  explainCommitError,
  fileIdentity,
  openForWriting,
} from './lmdb-file.ts'
import { makeFile, prepareFolder, putFormat, reason } from './lmdb-file.ts'
import { START_BYTES, isOverrun, neededFor, syncFolders, unreadable, whyFull } from './lmdb-file.ts'
import { faultOfFreePages, pinned } from './lmdb-free.ts'
import { readBatches, readRoomHead, readRoomState, readRooms } from './lmdb-read.ts'
import type { Db } from './lmdb-read.ts'
import { WRITER_KEY, batchRow } from './lmdb-rows.ts'
import { checkFile } from './lmdb-ask.ts'
import { WrittenMeanwhile, readBeside } from './lmdb-beside.ts'
import { LockFile } from './lmdb-meta.ts'
import { abandon, claim, isWriter, refuseIfAlive, release } from './lmdb-writer.ts'
import { StoreError } from './store.ts'
import type { Append, AppendResult, Deletion, RoomState, Store, StoredBatch } from './store.ts'
import { openDoor } from './writer-door.ts'
import type { Door } from './writer-door.ts'

const MAX_REMEMBERED_HEADS = 10_000

/**
 * Opens the store in this folder for writing, or makes one. Rejects with `unwritable-folder`,
 * `unreadable-store`, `newer-store`, `damaged-value`, `in-use`, `disk-full` or `commit-failed`. `isThorough`: reads the whole
 * tree of rows before anything is written, see {@link faultOfFreePages}. `warn`: is told in a sentence what else does not work.
 */
export async function openLmdbStore(
  dir: string,
  { isThorough = false, warn = () => {} }: StoreOptions = {},
): Promise<Store> {
  prepareFolder(dir)
  const full = whyFull(dir, START_BYTES)
  if (full) throw full
  const door = await openDoor(dir, warn)
  try {
    if (await checkFile(dir)) await refuseLiving(dir)
    else await makeNew(dir)
    return await openBehind(door, dir, isThorough)
  } catch (error) {
    door.close()
    throw error
  }
}

/** What the writer's row says, where the writer has no door. */
async function refuseLiving(dir: string): Promise<void> {
  try {
    await readBeside(dir, (db) => refuseIfAlive(db, dir))
  } catch (error) {
    if (!(error instanceof WrittenMeanwhile)) throw error
    throw new StoreError('in-use', `The store in ${dir} is in use: it is written to.`, error)
  }
}

/** From here on LMDB takes this process for the writer. */
async function openBehind(door: Door, dir: string, isThorough: boolean): Promise<Store> {
  const db = openDb(dir)
  try {
    const hasFormat = checkFormat(db, dir)
    refuseIfAlive(db, dir)
    // Before the first commit: LMDB writes wherever this list says.
    const fault = pinned(db, () => faultOfFreePages(dir, { isThorough }))
    if (fault !== undefined) throw damagedFile(dir, fault)
    if (!hasFormat) {
      putFormat(db)
      syncFolders(dir)
    }
    return new LmdbStore({ dir, db, door, writer: claim(db, dir) })
  } catch (error) {
    // Should LMDB not even close, the first error is still the one to tell.
    await Promise.allSettled([closeDb(db)])
    throw error instanceof StoreError ? error : explainCommitError(dir, error, 0)
  }
}

async function makeNew(dir: string): Promise<void> {
  try {
    await makeFile(dir)
  } catch (error) {
    throw error instanceof StoreError ? error : explainCommitError(dir, error, 0)
  }
}

/** A job's `prepare` judges it and returns how to tell its caller once the commit is on disk. */
type LmdbJob = Job & { prepare(draft: Draft): () => void }

type StoreOptions = {
  readonly isThorough?: boolean
  readonly warn?: (sentence: string) => void
}

type Opened = {
  readonly dir: string
  readonly db: Db
  readonly door: Door
  readonly writer: number
}

class LmdbStore implements Store {
  readonly #dir: string
  readonly #door: Door
  readonly #writer: number
  readonly #queue: CommitQueue<LmdbJob>
  /** Of rooms lately written, oldest first; what is not here is read from the disk. */
  readonly #heads: Map<string, RoomHead> = new Map()
  readonly #file: string | undefined
  #db: Db
  #lock: LockFile
  #reopening: Promise<void> | undefined
  #closing: Promise<void> | undefined
  /** Why this store is of no use any more. */
  #end: StoreError | undefined

  constructor({ dir, db, door, writer }: Opened) {
    this.#dir = dir
    this.#db = db
    this.#lock = lockOf(dir)
    this.#door = door
    this.#writer = writer
    this.#file = fileIdentity(dir)
    this.#queue = new CommitQueue((jobs) => this.#commit(jobs))
    this.#serve()
  }

  async append(appends: readonly Append[]): Promise<readonly AppendResult[]> {
    for (const append of appends) checkAppend(append)
    const drafted = appends.map((append) => ({ ...append, row: batchRow(append) }))
    return this.#write((draft) => draft.append(drafted))
  }

  async open(room: string): Promise<RoomState> {
    checkRoom(room)
    return this.#read((db) => {
      // A room that is loaded from a file without a name would be gone with this process.
      this.#checkFile()
      return readRoomState(db, room)
    })
  }

  async read(room: string, after: number, maxBytes: number): Promise<readonly StoredBatch[]> {
    checkRoom(room)
    checkInteger('after', after)
    return this.#read((db) => readBatches(db, room, after, maxBytes))
  }

  async checkpoint(room: string, through: number, bytes: Uint8Array): Promise<void> {
    checkRoom(room)
    checkInteger('through', through)
    const copy = bytes.slice()
    return this.#write((draft) => {
      const bounds = { before: draft.checkpointed(room), head: draft.head(room).head }
      checkCheckpoint(room, through, bounds)
      draft.checkpoint(room, through, copy)
    })
  }

  async compact(room: string, after: number, batches: readonly StoredBatch[]): Promise<void> {
    checkRoom(room)
    checkInteger('after', after)
    const copies = batches.map(({ head, bytes }) => ({ head, bytes: bytes.slice() }))
    return this.#write((draft) => draft.compact(room, after, copies))
  }

  async delete(room: string, deletion: Deletion): Promise<AppendResult> {
    checkDeletion(room, deletion)
    const copy = { ...deletion, bytes: deletion.bytes.slice() }
    return this.#write((draft) => draft.delete(room, copy))
  }

  async rooms(): Promise<readonly string[]> {
    return this.#read((db) => readRooms(db))
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #read<T>(read: (db: Db) => T): Promise<T> {
    this.#checkUsable()
    await this.#reopening
    this.#checkUsable()
    return read(this.#db)
  }

  #checkUsable(): void {
    if (this.#closing) throw new StoreError('closed', 'The store is closed.')
    if (this.#end) throw this.#end
  }

  #write<T>(write: (draft: Draft) => T): Promise<T> {
    this.#checkUsable()
    return new Promise((resolve, reject) => {
      const prepare = (draft: Draft): (() => void) => {
        const result = write(draft)
        return () => resolve(result)
      }
      this.#queue.add({ prepare, reject })
    })
  }

  async #commit(jobs: readonly LmdbJob[]): Promise<void> {
    if (this.#end) throw this.#end
    const draft = new Draft(this.#db, (room) => this.#durableHead(room))
    const ready: { job: LmdbJob; settle: () => void }[] = []
    for (const job of jobs) {
      try {
        ready.push({ job, settle: job.prepare(draft) })
      } catch (error) {
        job.reject(error)
      }
    }
    const failure = draft.isEmpty ? undefined : await this.#commitDraft(draft)
    for (const { job, settle } of ready) {
      if (failure) job.reject(failure)
      else settle()
    }
  }

  /** Returns why it failed, with the store open again or at its end. */
  async #commitDraft(draft: Draft): Promise<StoreError | undefined> {
    const full = whyFull(this.#dir, neededFor(draft.bytes))
    if (full) return full
    const db = this.#db
    let isStillWriter: boolean
    try {
      isStillWriter = await db.ifVersion(WRITER_KEY, this.#writer, () => draft.writeTo(db))
    } catch (error) {
      this.#heads.clear()
      this.#reopening = this.#reopen().finally(() => (this.#reopening = undefined))
      const cause = await rootCause(error)
      // Told only now: a relay whose store is lost must hear it here, because it will not get as far as another commit.
      await this.#reopening
      if (isOverrun(cause)) this.#end = overrun(this.#dir, cause)
      return this.#end ?? explainCommitError(this.#dir, cause, draft.bytes)
    }
    if (!isStillWriter) return (this.#end = replaced(this.#dir))
    try {
      // What LMDB wrote to a file without a name is on no disk that anybody finds again.
      this.#checkFile()
    } catch (error) {
      return error as StoreError
    }
    for (const [room, head] of draft.heads) this.#remember(room, head)
    return undefined
  }

  #checkFile(): void {
    if (fileIdentity(this.#dir) !== this.#file) throw (this.#end = removed(this.#dir))
  }

  #serve(): void {
    const keep = (): (() => void) => {
      const transaction = this.#db.useReadTransaction()
      return () => transaction.done()
    }
    this.#door.serve({ keep, latest: () => this.#lock.latestCommit() })
  }

  async #reopen(): Promise<void> {
    try {
      this.#door.rest()
      await closeDb(this.#db)
      this.#lock.close()
      this.#db = openDb(this.#dir)
      this.#lock = lockOf(this.#dir)
      this.#serve()
      if (!isWriter(this.#db, this.#writer)) this.#end = replaced(this.#dir)
    } catch (error) {
      this.#end = new StoreError(
        'must-restart',
        `The store in ${this.#dir} cannot be opened again behind a failure of the disk: ${reason(error)}. Restart the relay.`,
        error,
      )
    }
  }

  async #close(): Promise<void> {
    await this.#queue.idle()
    this.#door.rest()
    try {
      await this.#release()
    } finally {
      this.#door.close()
    }
  }

  async #release(): Promise<void> {
    if (this.#end?.code === 'must-restart') return abandon(this.#dir, this.#writer)
    const db = this.#db
    try {
      await db.ifVersion(WRITER_KEY, this.#writer, () => release(db, this.#writer))
    } catch (error) {
      // Say, on a full disk. Who opens the store next finds this process dead, or the note made here.
      await rootCause(error)
      abandon(this.#dir, this.#writer)
    }
    await closeDb(db)
    this.#lock.close()
  }

  #durableHead(room: string): RoomHead {
    return this.#heads.get(room) ?? readRoomHead(this.#db, room)
  }

  #remember(room: string, head: RoomHead): void {
    this.#heads.delete(room)
    this.#heads.set(room, head)
    if (this.#heads.size <= MAX_REMEMBERED_HEADS) return
    const [oldest] = this.#heads.keys()
    if (oldest !== undefined) this.#heads.delete(oldest)
  }
}

const lockOf = (dir: string): LockFile => new LockFile(join(dir, 'lock.mdb'))

function openDb(dir: string): Db {
  try {
    return openForWriting(dir)
  } catch (error) {
    throw unreadable(dir, reason(error), error)
  }
}

/** LMDB's error carries a second promise that rejects with the cause; unheard it ends the process. */
async function rootCause(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (cause) {
    return cause
  }
}

function overrun(dir: string, cause: unknown): StoreError {
  return new StoreError(
    'must-restart',
    `The disk of ${dir} failed, and LMDB cannot be relied on behind that: ${reason(cause)}. Restart the relay.`,
    cause,
  )
}

function replaced(dir: string): StoreError {
  return new StoreError('in-use', `Another process took over the store in ${dir}.`)
}

function removed(dir: string): StoreError {
  return new StoreError(
    'must-restart',
    `The file of the store in ${dir} was removed or replaced while it was in use. Restart the relay.`,
  )
}
