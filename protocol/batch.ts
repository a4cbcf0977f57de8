import type { Author, Chain, EntryHash, EntryKey, Epoch } from './ids.ts'

/** What an entry is for. The numbers are on the wire and on disk. */
export const ENTRY_KINDS = {
  /** A Yjs update in its V1 encoding. */
  update: 0,
  /** A Yjs update in its V2 encoding: reserved, refused by this version. */
  updateV2: 1,
  /** An app's event: see event-body.ts. */
  event: 2,
  /** Written by the relay alone, where its log goes on under a new epoch: that of its batch. Its body is empty. */
  turn: 30,
  /** Written by the relay alone, in place of an entry that it refused for good: see {@link VoidBody}. */
  void: 31,
} as const

export type EntryKind = keyof typeof ENTRY_KINDS

/** An entry as its bytes say it. The bytes themselves are what is hashed, sent and stored. */
export type Entry = {
  readonly kind: EntryKind
  /** E6: the key under which these bytes were first minted, when they were re-homed since. */
  readonly origin: EntryKey | undefined
  readonly body: Uint8Array
}

/** An entry on its way to the relay. */
export type AppendedEntry = {
  readonly hash: EntryHash
  readonly bytes: Uint8Array
  /** K2: the author's signature, on an entry that somebody else brings. */
  readonly seal: Uint8Array | undefined
}

/** An entry with its place in a room's log. */
export type LogRecord = {
  readonly offset: number
  /** The relay's wall clock when it became a record, in ms since 1970: for display and retention, never for order. */
  readonly atMs: number
  readonly author: Author
  readonly user: string
  readonly seq: number
  readonly entry: Entry
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array
  readonly seal: Uint8Array | undefined
}

/** S19: events of a log that are not in it any more, since they were too old to be kept: how many, and the time of the newest one. */
export type ExpiredEvents = { readonly count: number; readonly throughMs: number }

export const NONE_EXPIRED: ExpiredEvents = { count: 0, throughMs: 0 }

/** What was left out of two parts of a log. */
export const addExpired = (one: ExpiredEvents, other: ExpiredEvents): ExpiredEvents => ({
  count: one.count + other.count,
  throughMs: Math.max(one.throughMs, other.throughMs),
})

/** The records of one room in one commit: one row of the store, one buffer on the wire, one chain value. */
export type Batch = {
  readonly first: number
  readonly last: number
  /** The relay's wall clock when it made the batch, in ms since 1970: for display and retention, never for order. */
  readonly atMs: number
  /** Present in the first batch of an epoch, and only there: that of offset 1, and each that begins with a turn. */
  readonly epoch: Epoch | undefined
  readonly records: readonly LogRecord[]
  readonly chainAfter: Chain
  /** S14: by this the relay knows its own batches again; empty where it had nothing to know them by. */
  readonly code: Uint8Array
  /** How many of the batch's bytes the chain value covers. */
  readonly coveredBytes: number
  /**
   * S18: it stands in the place of several. Not every offset up to `last` has a record in it, and its chain value is that of the log at `last`, not one
   * that follows from its bytes.
   */
  readonly isCompacted: boolean
  /** S19: events of its reach that are not in it; only a compacted one lacks any. */
  readonly expired: ExpiredEvents
}

/** S9: what a void record says of the entry that it stands for. */
export type VoidBody = { readonly hash: EntryHash; readonly code: RejectCode }

/** Why an entry was refused for good. */
export type RejectCode = 'too-large' | 'unknown-kind' | 'malformed-entry' | 'poisonous-update'
export const REJECT_CODES: readonly RejectCode[] = [
  'too-large',
  'unknown-kind',
  'malformed-entry',
  'poisonous-update',
]
