/**
 * Bounds of a relay, told to each client in `welcome`. Bytes are bytes on the wire, times milliseconds.
 * The values are first choices of ours; each is told to the client, so a relay may choose others.
 */
export type Limits = {
  /** The largest frame that the relay reads. A larger one ends the connection with code 1009. */
  readonly maxFrameBytes: number
  /** The largest entry that the relay takes; a larger one is rejected. */
  readonly maxEntryBytes: number
  /** Rooms that one connection may have joined at once. */
  readonly maxRooms: number
  /** Producers that one connection may have open at once. */
  readonly maxProducers: number
  /** Entries, and their bytes, that may be appended to one room by one connection before the first is acked. */
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
  maxFrameBytes: 1024 * 1024,
  maxEntryBytes: 768 * 1024,
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

/** W8: what a client may send behind its `hello` before it is welcomed; the relay holds it undecoded. */
export const PIPELINE_BYTES: number = 64 * 1024
/** W8: what the relay holds of an unwelcomed connection, a little more than a client of ours ever sends. */
export const MAX_UNWELCOMED_BYTES: number = 128 * 1024
export const MAX_HELLO_BYTES: number = 16 * 1024
export const MAX_USER_BYTES: number = 64
export const MAX_TOKEN_BYTES: number = 8 * 1024
/** S8: how many of a room's latest records the relay compares by hash when a key comes again. */
export const REMEMBERED_HASHES: number = 4096
