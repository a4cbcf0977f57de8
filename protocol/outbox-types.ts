import type { EntryKind, LogRecord } from './batch.ts'
import type { RefusalCode } from './frame.ts'
import type { Author, EntryHash, EntryKey, Epoch, Millis } from './ids.ts'
import type { KeptBatch, LocalChangeParts } from './local-change.ts'

/** K10: what lets somebody send an entry who has not the secret of its author. */
export type Sealed = {
  /** The author's public key, 32 bytes. */
  readonly key: Uint8Array
  /** Whose author it is, as the seal says. */
  readonly user: string
  /** K2: 64 bytes. */
  readonly seal: Uint8Array
  /** K6: what the relay gave the author, if it did. */
  readonly pass: Uint8Array | undefined
}

/** An immutable row of the outbox; its key is (room, author, seq). */
export type OutboxRow = {
  readonly author: Author
  readonly seq: number
  /** Place in the order of sending: larger than that of every row that was known when this one was minted. */
  readonly order: number
  /** Whose page keeps it (O14). */
  readonly user: string
  /** What opens the producer, so that whoever finds the row can send it; undefined where there is only a seal. */
  readonly proof: Uint8Array | undefined
  readonly sealed?: Sealed | undefined
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array
  readonly hash: EntryHash
  /** Wall clock in ms since 1970, for display only. */
  readonly mintedAtMs: number
}

/**
 * Why a row is on the list of rejected ones: refused by the relay, waiting for what never came (O17), not readable, or carried for an author of
 * which the relay has other bytes under that key, or knows another user (K10).
 */
export type RejectedRow = OutboxRow & {
  readonly code: RefusalCode | 'missing-dependency' | 'damaged' | 'forked' | 'foreign-author'
}

/** A row in memory, with what has become of it. */
export type HeldRow = {
  readonly row: OutboxRow
  /** The key under which the app's delivery waits: see {@link OutboxInput}'s `tag`. */
  readonly tag: number | undefined
  /** Minted by this page, and so this page's to re-home. */
  readonly isOurs: boolean
  readonly heldSince: Millis
  /** When this page first put the entry on the wire, under whichever key. */
  sentAt: Millis | undefined
  isAcked: boolean
  /** When the relay's word came, as long as it counts. */
  ackedAt: Millis | undefined
}

export type OutboxInput =
  | {
      readonly type: 'write'
      readonly kind: Extract<EntryKind, 'update' | 'event'>
      readonly body: Uint8Array
      /** The app's name for what it wrote, if it wants to hear of it. */
      readonly tag?: number
      /** E6: the key under which an earlier log had it. */
      readonly origin?: EntryKey
      /** C9: it builds on nothing that waits, so it goes under a producer that has sent nothing else before it. */
      readonly isApart?: boolean
      readonly wallMs: number
    }
  /** Rows found on disk at opening, and rows that another page hands over (P2). */
  | { readonly type: 'carried'; readonly rows: readonly OutboxRow[]; readonly isOnDisk: boolean }
  | { readonly type: 'persisted' }
  | { readonly type: 'persistFailed' }
  /** The disk forgot, or may have forgotten, what it held. */
  | { readonly type: 'storageLost' }
  | {
      readonly type: 'acked'
      readonly author: Author
      /** K8: a receipt says nothing of what is before; 1 where it is left out. */
      readonly from?: number
      readonly through: number
    }
  /** The relay's mark turns out to be lower than what it had acked. */
  | { readonly type: 'unacked'; readonly author: Author; readonly above: number }
  /** The log up to here is applied: these records are in it, and the batches are to be kept. */
  | {
      readonly type: 'recorded'
      readonly epoch: Epoch
      readonly records: readonly LogRecord[]
      readonly batches: readonly KeptBatch[]
    }
  /** O4: the cursor has reached the head at which the relay said that this author is settled up to here. */
  | {
      readonly type: 'covered'
      readonly author: Author
      readonly from?: number
      readonly through: number
    }
  | {
      readonly type: 'rejected'
      readonly author: Author
      readonly seq: number
      readonly code: Exclude<RejectedRow['code'], 'damaged'>
    }
  | { readonly type: 'rehome'; readonly author: Author; readonly above: number }
  /** C9: the relay's log starts anew. */
  | { readonly type: 'reset' }
  /** C9: the new log is read to its head, and what the page has beyond it was written. */
  | { readonly type: 'logRead' }
  | { readonly type: 'time' }

export type OutboxEffect =
  | { readonly type: 'persist'; readonly change: LocalChangeParts }
  /** O1: a producer was minted; its lock is to be held while the page lives. */
  | { readonly type: 'minted'; readonly author: Author }
  | { readonly type: 'stored'; readonly tag: number }
  | {
      readonly type: 'settled'
      readonly key: EntryKey
      readonly tag: number | undefined
      readonly offset: number | undefined
      readonly epoch: Epoch | undefined
      /** From when this page first put it on the wire to its ack; undefined where it never did. */
      readonly ackMs: number | undefined
    }
  | { readonly type: 'refused'; readonly tag: number | undefined; readonly row: RejectedRow }
  /** C4: a record under one of our keys has other bytes than we gave it. */
  | { readonly type: 'forged'; readonly key: EntryKey }
  | { readonly type: 'rehomed'; readonly author: Author; readonly count: number }

export type OutboxOptions = {
  readonly user: string
  /** O1: fresh randomness each time it is called. */
  readonly mint: () => { readonly author: Author; readonly proof: Uint8Array }
  /** Several updates as fewer; what it cannot merge it returns as it was. */
  readonly merge: (updates: readonly Uint8Array[]) => readonly Uint8Array[]
  /** False where nothing survives a reload: then nothing is persisted and everything is volatile. */
  readonly isDurable: boolean
  /** Updates are merged only up to this size. */
  readonly maxMergedBytes: number
}
