import type { AppendedEntry, LogRecord, RejectCode } from './batch.ts'
import type { CodeOf } from './batch-codec.ts'
import type { Author, Epoch, RoomName } from './ids.ts'
import type { UpdateGate } from './update-gate.ts'

/** The driver's name for one producer opened on one connection. */
export type Writer = number

export type SequencerInput =
  | {
      readonly type: 'append'
      readonly from: Writer
      readonly author: Author
      readonly user: string
      readonly firstSeq: number
      readonly entries: readonly AppendedEntry[]
      /** The relay's wall clock in ms since 1970; it is written into the batch and decides nothing. */
      readonly atMs: number
    }
  /** C12: records of a log that is gone, which this relay wrote, in their order. */
  | {
      readonly type: 'restore'
      readonly records: readonly LogRecord[]
      readonly atMs: number
    }
  /** S15: before anything else the log goes on under a new epoch; `author` is fresh. */
  | {
      readonly type: 'turn'
      readonly epoch: Epoch
      readonly author: Author
      readonly atMs: number
    }
  /** The driver is done with what arrived together: commit it, unless a commit is under way. */
  | { readonly type: 'flush' }
  /** The commit that was asked for is on disk, or is not and never will be. What came meanwhile waits for a flush, so that more can join it. */
  | { readonly type: 'committed' }
  | { readonly type: 'failed' }

export type SequencerEffect =
  | {
      readonly type: 'commit'
      readonly expectHead: number
      readonly head: number
      readonly bytes: Uint8Array
    }
  /** S3: only now may anybody see the batch, or hear that it is kept. */
  | {
      readonly type: 'publish'
      readonly bytes: Uint8Array
      readonly first: number
      readonly head: number
    }
  | { readonly type: 'acked'; readonly from: Writer; readonly through: number }
  | { readonly type: 'gap'; readonly from: Writer; readonly through: number }
  | { readonly type: 'forked'; readonly from: Writer; readonly seq: number }
  | {
      readonly type: 'rejected'
      readonly from: Writer
      readonly seq: number
      readonly code: RejectCode
    }
  /** S13: what this entry builds on is not in the log. Nothing of it, or of what followed it in its frame, was taken. */
  | { readonly type: 'notYet'; readonly from: Writer; readonly seq: number }
  /** W10: an entry's bytes are not what its hash says: the connection cannot be trusted with more. */
  | { readonly type: 'corrupt'; readonly from: Writer; readonly seq: number }
  /**
   * C12: so many of the records were taken, and are in the log once `pendingHead` is durable; so many are neither in it nor can be taken now.
   */
  | { readonly type: 'restoring'; readonly taken: number; readonly left: number }
  | { readonly type: 'fallen' }

export type SequencerOptions = {
  readonly room: RoomName
  /** The epoch that the log gets if it is still empty: 16 random bytes as hex. */
  readonly freshEpoch: Epoch
  readonly maxEntryBytes: number
  /** A batch ends before the entry that would take it over this size. */
  readonly maxBatchBytes: number
  /** S14: by what the relay knows its own batches again. */
  readonly codeOf?: CodeOf | undefined
  /** Judges document updates; without one all of them fit. */
  readonly gate?: UpdateGate | undefined
}
