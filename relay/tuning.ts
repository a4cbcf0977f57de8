import { PIECE_BYTES } from '../protocol/index.ts'

/** Bounds of the relay that clients need not know. Bytes and milliseconds; first choices of ours. */
export type Tuning = {
  /** W16: with more than this queued a connection becomes lagging, with less than the other its pulls are answered. */
  readonly highWaterBytes: number
  readonly lowWaterBytes: number
  /** A peer that takes nothing and still asks for answers is sent away at this many queued bytes. */
  readonly maxQueueBytes: number
  /** W22: frames above this are sent in pieces of it; and what all connections may have half joined together. */
  readonly pieceBytes: number
  readonly maxHalfJoinedBytes: number
  /** W8: from the socket's opening to an accepted `hello`. */
  readonly helloMs: number
  /** How long a peer may take to answer a close before its socket is cut. */
  readonly closeMs: number
  /** How long a join may wait for its authorization and its room. */
  readonly joinMs: number
  /** Rooms that are loaded at once; the others wait their turn. */
  readonly maxLoads: number
  /** A room that nobody is in is let go after this long. */
  readonly idleRoomMs: number
  /** Latest batches of a room that are kept in memory to answer pulls from. */
  readonly tailBytes: number
  /** A batch ends before the record that would take it over this size. */
  readonly maxBatchBytes: number
  /** S12: how long a commit waits for others behind a pause as well, and how long after the one before it begins at the earliest. */
  readonly gatherMs: number
  readonly lingerMs: number
  /** Least time between two broadcasts of presence in one room. */
  readonly broadcastMs: number
  /** C5: the same for marks in a room of up to a hundred, and how long the first one waits for those of others. */
  readonly marksMs: number
  readonly marksFirstMs: number
  readonly maxConnections: number
  /** W8: connections that have not said `hello` yet. */
  readonly maxUnwelcomed: number
  /** J3: how long a job of a room may take, such as the merge of its log for a stock client. */
  readonly jobMs: number
  /** S18: so many records behind the last compaction are worth another one, and how long one may take. */
  readonly compactRecords: number
  readonly compactMs: number
  /** S19: so long after one look for events that are too old, and at a random moment within it after the start, comes the next. */
  readonly expiryMs: number
  /** Y10: how long a stock client's update may wait for what it builds on. */
  readonly heldMs: number
  /** A tick of our own that comes later than this shows that our loop stood still (W11). */
  readonly stallMs: number
}

export const DEFAULT_TUNING: Tuning = {
  highWaterBytes: 1024 * 1024,
  lowWaterBytes: 256 * 1024,
  maxQueueBytes: 16 * 1024 * 1024,
  pieceBytes: PIECE_BYTES,
  maxHalfJoinedBytes: 64 * 1024 * 1024,
  helloMs: 5000,
  closeMs: 1000,
  joinMs: 5000,
  maxLoads: 16,
  idleRoomMs: 30_000,
  tailBytes: 256 * 1024,
  maxBatchBytes: 256 * 1024,
  gatherMs: 0,
  lingerMs: 4,
  broadcastMs: 200,
  marksMs: 1000,
  marksFirstMs: 50,
  maxConnections: 20_000,
  maxUnwelcomed: 2000,
  jobMs: 1500,
  compactRecords: 8192,
  compactMs: 20_000,
  expiryMs: 3_600_000,
  heldMs: 10_000,
  stallMs: 1000,
}
