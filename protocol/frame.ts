import { REJECT_CODES } from './batch.ts'
import type { AppendedEntry, RejectCode } from './batch.ts'
import type { Author, Chain, EntryHash, Epoch } from './ids.ts'
import type { Limits } from './limits.ts'
import type { Vouched } from './log-proof.ts'

/** V3: optional fields that this version does not know, by tag. */
export type Extensions = ReadonlyMap<number, Uint8Array>

/** Why a room's subscription ended without the connection ending. Final ones say that coming back changes nothing. */
export const PART_CODES = {
  'bad-room-name': { final: true },
  forbidden: { final: true },
  'too-many-rooms': { final: true },
  'room-fell-back': { final: false },
  'cannot-store': { final: false },
  'cannot-load': { final: false },
  overloaded: { final: false },
  'room-deleted': { final: true },
} as const
export type PartCode = keyof typeof PART_CODES

/** Why a producer could not be opened. */
export type DenyCode =
  | 'bad-proof'
  | 'foreign-author'
  | 'read-only'
  | 'too-many-producers'
  | 'no-pass'
export const DENY_CODES: readonly DenyCode[] = [
  'bad-proof',
  'foreign-author',
  'read-only',
  'too-many-producers',
  'no-pass',
]

/** Why the relay did not take an entry: for good, with a void record for it (S9), or from this carrier alone (K4). */
export type RefusalCode = RejectCode | 'bad-seal'
export const REFUSAL_CODES: readonly RefusalCode[] = [...REJECT_CODES, 'bad-seal']

export type ResetReason = 'unknown-epoch' | 'ahead-of-log' | 'chain-differs' | 'compacted'
export const RESET_REASONS: readonly ResetReason[] = [
  'unknown-epoch',
  'ahead-of-log',
  'chain-differs',
  'compacted',
]

export type PresenceState = 'here' | 'away' | 'left' | 'timed-out'
export const PRESENCE_STATES: readonly PresenceState[] = ['here', 'away', 'left', 'timed-out']

/** One page's stay in a room as everybody there may know it. `session` is the relay's public number for it. */
export type PresentSession = {
  readonly session: number
  readonly user: string
  readonly state: PresenceState
}

/** A client's place in a room's log. `after` 0 is before everything, and then epoch and chain are undefined. */
export type CursorFields = {
  readonly epoch: Epoch | undefined
  readonly after: number
  readonly chain: Chain | undefined
  /** S14: what shows that this relay gave out that place: the epoch that the batch there was written under, and its code. */
  readonly proof: CursorProof | undefined
}

/** The place before everything, which every log has. */
export const LOG_START: CursorFields = {
  epoch: undefined,
  after: 0,
  chain: undefined,
  proof: undefined,
}

export type CursorProof = { readonly epoch: Epoch; readonly code: Uint8Array }

/** What the relay thinks of one page in one room. */
export type RelayView = {
  readonly session: number
  readonly user: string
  readonly head: number
  readonly received: number
  readonly isLagging: boolean
  readonly queuedBytes: number
  readonly openProducers: number
  readonly connectedMs: number
  readonly silentMs: number
}

type Ext = { readonly ext?: Extensions }

/** Client to relay. `ref` is the client's number for one join, `producer` its number for one open; neither is reused. */
export type UpFrame =
  | ({
      readonly type: 'hello'
      readonly min: number
      readonly max: number
      /** A secret of 16 bytes, as hex: whoever says it again takes the session over. */
      readonly session: string
      readonly user: string
      readonly token: string
      readonly isHidden: boolean
    } & Ext)
  | ({ readonly type: 'join'; readonly ref: number; readonly name: string } & CursorFields & Ext)
  | { readonly type: 'leave'; readonly ref: number }
  | ({
      readonly type: 'open'
      readonly producer: number
      readonly ref: number
      readonly author: Author
      readonly proof: Uint8Array
    } & Ext)
  | ({
      /** K3: opens the producer of an author whose secret the sender has not: each of its entries has a seal. */
      readonly type: 'carry'
      readonly producer: number
      readonly ref: number
      /** The author's public key. */
      readonly key: Uint8Array
      /** Whose author it is, as the seals say. */
      readonly user: string
      /** K6: what the relay gave the author to show that. */
      readonly pass: Uint8Array | undefined
    } & Ext)
  | {
      readonly type: 'append'
      readonly producer: number
      readonly firstSeq: number
      readonly entries: readonly AppendedEntry[]
    }
  | {
      readonly type: 'pull'
      readonly ref: number
      readonly after: number
      readonly maxBytes: number
    }
  | { readonly type: 'received'; readonly ref: number; readonly through: number }
  | { readonly type: 'signal'; readonly ref: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'beat'
      /** The number of the relay's beat that this answers, or 0 for a question of the client's own. */
      readonly n: number
      readonly isHidden: boolean
      /** Per producer with unsettled entries, the highest seq sent on this connection. */
      readonly sent: readonly { readonly producer: number; readonly seq: number }[]
    }
  | { readonly type: 'ask'; readonly ref: number }
  | {
      /** C12: batches of a log that is gone, one behind the other, with the epoch and the chain value before the first. */
      readonly type: 'repair'
      readonly ref: number
      readonly epoch: Epoch
      readonly before: Chain
      readonly batches: readonly Uint8Array[]
    }
  /** C14 */
  | { readonly type: 'vouch'; readonly ref: number }
  /** W22: bytes of a frame that is too large for one message: pieces behind one another are the frame, its checksum included. */
  | { readonly type: 'piece'; readonly isLast: boolean; readonly bytes: Uint8Array }

/** Relay to client. `room` is the relay's number for a room, the same for every connection. */
export type DownFrame =
  | ({
      readonly type: 'welcome'
      readonly version: number
      readonly session: number
      readonly atMs: number
      readonly limits: Limits
      /** K8: by this public key the relay's receipts are known; a relay that gives none has none. */
      readonly receiptKey?: Uint8Array | undefined
    } & Ext)
  | ({
      readonly type: 'joined'
      readonly ref: number
      readonly room: number
      readonly epoch: Epoch
      readonly head: number
      readonly mayWrite: boolean
    } & Ext)
  | { readonly type: 'reset'; readonly ref: number; readonly why: ResetReason }
  | {
      readonly type: 'parted'
      readonly ref: number
      readonly code: PartCode
      readonly retryAfterMs: number
      readonly reason: string
    }
  | {
      readonly type: 'opened'
      readonly producer: number
      readonly through: number
      readonly head: number
      /** K6: whose author it is, as the relay knows that user, and what shows it; only who has the secret gets it. */
      readonly pass?: { readonly user: string; readonly code: Uint8Array } | undefined
    }
  | { readonly type: 'denied'; readonly producer: number; readonly code: DenyCode }
  | { readonly type: 'records'; readonly room: number; readonly batches: readonly Uint8Array[] }
  | {
      readonly type: 'page'
      readonly ref: number
      readonly through: number
      readonly head: number
    }
  | {
      readonly type: 'acked'
      readonly producer: number
      readonly through: number
      readonly head: number
    }
  | { readonly type: 'gap'; readonly producer: number; readonly through: number }
  | { readonly type: 'forked'; readonly producer: number; readonly seq: number }
  | {
      readonly type: 'rejected'
      readonly producer: number
      readonly seq: number
      readonly code: RefusalCode
    }
  | {
      readonly type: 'notYet'
      readonly producer: number
      readonly seq: number
      readonly retryAfterMs: number
    }
  | {
      readonly type: 'signalled'
      readonly room: number
      readonly session: number
      readonly user: string
      readonly bytes: Uint8Array
    }
  | {
      readonly type: 'pulse'
      readonly n: number
      /** The relay's last measured round trip to this client, or undefined before the first. */
      readonly rttMs: number | undefined
      readonly heads: readonly { readonly room: number; readonly head: number }[]
    }
  | {
      readonly type: 'presence'
      readonly room: number
      /** Whether these are all sessions in the room, or only those that changed. */
      readonly isWhole: boolean
      readonly sessions: readonly PresentSession[]
    }
  | {
      readonly type: 'seen'
      readonly room: number
      readonly marks: readonly { readonly session: number; readonly through: number }[]
    }
  | ({ readonly type: 'view'; readonly ref: number } & RelayView)
  | {
      /**
       * C12: what became of a `repair`: how many of its records are in the log now that were not, and are durable; and how many are not
       * there and cannot be yet, since what stands before them is missing.
       */
      readonly type: 'repaired'
      readonly ref: number
      readonly taken: number
      readonly left: number
    }
  | {
      /** C12: how many records pages have given back to the room's log, and how many sessions did, since it was loaded. */
      readonly type: 'restored'
      readonly room: number
      readonly records: number
      readonly sessions: number
    }
  | {
      /** K7: to a carrier, for the author: see {@link ReceiptBody}. Room and author are the producer's. */
      readonly type: 'receipt'
      readonly producer: number
      readonly epoch: Epoch
      readonly from: number
      readonly through: number
      readonly hash: EntryHash
      readonly head: number
      readonly signature: Uint8Array
    }
  | {
      /** The last frame before the relay closes a connection: why, in a sentence, and when to come back. */
      readonly type: 'bye'
      readonly code: number
      readonly retryAfterMs: number
      readonly reason: string
    }
  | ({ readonly type: 'vouched'; readonly ref: number } & Vouched)
  /** W22: what `piece` is in the other direction. */
  | { readonly type: 'slice'; readonly isLast: boolean; readonly bytes: Uint8Array }

export type Frame = UpFrame | DownFrame
export type FrameType = Frame['type']

/** Why bytes are no frame of ours. */
export type DecodeFailure = {
  readonly type: 'failure'
  readonly code: 'malformed-frame' | 'unknown-frame' | 'corrupt-frame'
  readonly reason: string
}
