/**
 * What the relay asks of a disk. A store keeps batches of bytes per room and knows nothing of what
 * is in them: no entries, no authors, no Yjs. `docs/writing-a-store.md` tells how to write another
 * one, `contract.ts` is the suite that it has to pass.
 *
 * Offsets, heads and terms are safe integers from 0. A room that was never written has head 0 and
 * term 0, so the first offset is 1.
 */

/** One batch for one room: the records `expectHead + 1` to `head`. */
export type Append = {
  readonly room: string
  /** The room's head before this batch. */
  readonly expectHead: number
  /** The room's head after this batch: the offset of its last record. */
  readonly head: number
  /** Fencing number of the room's owner. A term below the stored one is refused; the stored one rises. */
  readonly term: number
  /** Copied before `append` returns, so the caller may use its buffer again at once. */
  readonly bytes: Uint8Array
}

/** `head` and `term` of a refusal are those that the room has: what the caller was wrong about. */
export type AppendResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly code: 'wrong-head' | 'stale-term'
      readonly head: number
      readonly term: number
    }

/** `head` is the offset of the batch's last record; it begins behind the head of the one before it. */
export type StoredBatch = { readonly head: number; readonly bytes: Uint8Array }

export type Checkpoint = { readonly through: number; readonly bytes: Uint8Array }

export type RoomState = {
  readonly head: number
  readonly term: number
  readonly checkpoint?: Checkpoint
  /** The bytes of the last `delete`, kept until the next one; the caller's (say, the new epoch). */
  readonly deleted?: Uint8Array
}

/** Refused like an append where the head has moved or the term is too low. */
export type Deletion = {
  readonly expectHead: number
  readonly term: number
  readonly bytes: Uint8Array
}

export interface Store {
  /**
   * Resolves when every append is on disk (synced), in one atomic commit with all that was asked of
   * the store in this turn of the event loop. Appends are judged in order, against what the commits
   * before left behind: a wrong head or a lower term is refused alone, without harm to the others.
   * Rejects with a `StoreError` when the commit failed: then none of it is readable, now or later.
   */
  append(appends: readonly Append[]): Promise<readonly AppendResult[]>
  /** Rejects with `damaged-value` where the room's state cannot be trusted: never an empty room instead. */
  open(room: string): Promise<RoomState>
  /**
   * Whole batches whose head is above `after`, in order: at least one if there is any, further ones
   * as long as all of them together stay within `maxBytes`. Only what is synced. Rejects with
   * `damaged-value` or `hole` instead of leaving anything out.
   */
  read(room: string, after: number, maxBytes: number): Promise<readonly StoredBatch[]>
  /** Replaces the room's checkpoint. The batches it covers stay readable. Resolves when synced. */
  checkpoint(room: string, through: number, bytes: Uint8Array): Promise<void>
  /**
   * Puts these batches, in the order of their heads, in the place of those that end above `after` and up to the last one's head, in one commit. `after`
   * is 0 or a batch's end; the last head is a batch's end and not past the checkpoint. Otherwise it rejects with `wrong-compaction`, and nothing changes.
   * Resolves when synced.
   */
  compact(room: string, after: number, batches: readonly StoredBatch[]): Promise<void>
  /** Takes away all batches and the checkpoint, leaves a tombstone: head 0, the term is kept. */
  delete(room: string, deletion: Deletion): Promise<AppendResult>
  /** Rooms that have a batch, in the order of their names' UTF-8 bytes. */
  rooms(): Promise<readonly string[]>
  /** Commits what was asked for, then lets go of the disk. May be called twice. */
  close(): Promise<void>
}

/** The part of a store that `holdfast inspect` uses beside a running relay. */
export type StoreReader = Pick<Store, 'open' | 'read' | 'rooms' | 'close'>

/**
 * - `bad-argument`: the caller's mistake; nothing was done
 * - `wrong-checkpoint`: a checkpoint past the head, or before the one that is stored
 * - `wrong-compaction`: one that would leave a hole, or goes past the checkpoint
 * - `damaged-value`: a stored value's checksum fails
 * - `hole`: a batch does not begin where the one before it ended
 * - `newer-store`: written by a newer version of this program
 * - `unreadable-store`: not a store of ours, or damaged as a whole
 * - `unwritable-folder`: the data folder cannot be made or written
 * - `in-use`: another process writes to this store
 * - `disk-full`: no space; works again by itself when there is some
 * - `commit-failed`: the disk refused a write or a sync
 * - `must-restart`: LMDB is stuck behind a failure, or its file is gone; only a new process helps
 * - `closed`: the store was closed
 */
export type StoreErrorCode =
  | 'bad-argument'
  | 'wrong-checkpoint'
  | 'wrong-compaction'
  | 'damaged-value'
  | 'hole'
  | 'newer-store'
  | 'unreadable-store'
  | 'unwritable-folder'
  | 'in-use'
  | 'disk-full'
  | 'commit-failed'
  | 'must-restart'
  | 'closed'

/** `message` is one sentence for the operator; it needs no stack trace beside it. */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
  }
}
