/**
 * Bounds of a relay, told to each client in `welcome`. Bytes are bytes on the wire, times milliseconds.
 * The values are first choices of ours; each is told to the client, so a relay may choose others.
 */
export type Limits = {
  /** The largest frame that the relay reads, joined (W22). A larger one ends the connection with code 1009. */
  readonly maxFrameBytes: number
  /** The largest entry that the relay takes; a larger one is rejected. */
  readonly maxEntryBytes: number
  /** Rooms that one connection may have joined at once. */
  readonly maxRooms: number
  /** Producers that one connection may have open at once. */
  readonly maxProducers: number
  /**
   * Entries, and their bytes, that may be appended to one room by one connection before the first is acked. An entry that is
   * larger than the window is sent alone (O11).
   */
  readonly windowEntries: number
  readonly windowBytes: number
  /** The most that one `pull` is answered with, unless one batch alone is larger. */
  readonly maxPageBytes: number
  readonly maxSignalBytes: number
  /** The relay beats this often; an end that heard nothing for `silenceMs` takes the link for dead. */
  readonly beatMs: number
  readonly silenceMs: number
  /** How long a session whose page is hidden may be silent. */
  readonly hiddenLeaseMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxFrameBytes: 4.5 * 1024 * 1024,
  maxEntryBytes: 4 * 1024 * 1024,
  maxRooms: 256,
  maxProducers: 1024,
  windowEntries: 1024,
  windowBytes: 1024 * 1024,
  maxPageBytes: 256 * 1024,
  maxSignalBytes: 4096,
  beatMs: 4000,
  silenceMs: 12_000,
  hiddenLeaseMs: 75_000,
}

/** W22: a frame that is larger than this is sent in pieces, each with at most so many bytes of it. */
export const PIECE_BYTES: number = 256 * 1024
/** W22: a piece with its kind, its length and its checksum: the largest message that the relay reads. */
export const MAX_MESSAGE_BYTES: number = PIECE_BYTES + 64
/**
 * W22: what a client joins. A relay sends whole batches, and a compacted one has all of a document: as much as a job of the
 * relay may answer, and room for what stands around it.
 */
export const MAX_JOINED_BYTES: number = 128 * 1024 * 1024

/** W8: what a client may send behind its `hello` before it is welcomed; the relay holds it undecoded. */
export const PIPELINE_BYTES: number = 64 * 1024
/** W8: what the relay holds of an unwelcomed connection, a little more than a client of ours ever sends. */
export const MAX_UNWELCOMED_BYTES: number = 128 * 1024
export const MAX_HELLO_BYTES: number = 16 * 1024
export const MAX_USER_BYTES: number = 64
export const MAX_TOKEN_BYTES: number = 8 * 1024
/** S8: how many of a room's latest records the relay compares by hash when a key comes again. */
export const REMEMBERED_HASHES: number = 4096
