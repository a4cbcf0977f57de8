import type { Author, EntryKey, Epoch, Millis, RoomName } from './ids.ts'
import type { Vouched } from './log-proof.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxRow } from './outbox-types.ts'
import type { HandedEntry, PeerBody, PeerDecodeFailure, PeerRun } from './peer-frame.ts'
import type { Receipt } from './receipt.ts'
import type { AppliedBatch } from './room-step.ts'

/** R6: for these a link ends, and none to that session is made again. `foreign`: of another room; `forged`: a seal, an entry or a receipt that is none. */
export type PeerOffence = PeerDecodeFailure | 'foreign' | 'forged' | 'flood'

/**
 * Why a frame of a peer, or something in it, was dropped. Beside offences: `silent`: the link, not heard of for too long; `own`: an entry of this page's;
 * `repeated`: one that is held; `gap`: something before it is missing; `full`: no more is carried for others now; `barred`: the relay does not let this page write;
 * `old`: a receipt for what does not wait here; `unkeyed`: one that this page has no key for yet; `unproven`: a log that is not, or not in these batches, the one that the relay vouched for.
 */
export type PeerDrop =
  | PeerOffence
  | 'silent'
  | 'own'
  | 'repeated'
  | 'gap'
  | 'full'
  | 'barred'
  | 'old'
  | 'unkeyed'
  | 'unproven'

/** `live`: the relay takes what this page sends; `barred`: it said that it will not; `apart`: it is not there. */
export type RelayWay = 'live' | 'apart' | 'barred'

/** A row to be carried, with the place in the order of sending that it had where it comes from; which one it gets the outbox knows. */
export type TakenRow = Omit<OutboxRow, 'order'> & Partial<Pick<OutboxRow, 'order'>>

/** What the machine reads of the room that it helps. */
export type PeerRoom = {
  readonly name: RoomName
  readonly outbox: Outbox
  readonly way: () => RelayWay
  readonly epoch: () => Epoch | undefined
  /** Whether this page minted under this author. */
  readonly isOwn: (author: Author) => boolean
  /** K11: the row as others may carry it; undefined where it cannot be. */
  readonly handedOf: (row: OutboxRow) => HandedEntry | undefined
  /** K11: an entry from outside, checked and copied, or why it is none. */
  readonly take: (entry: HandedEntry) => TakenRow | string
  /** K8; undefined while this page knows no key of the relay's. */
  readonly isGenuine: (receipt: Omit<Receipt, 'room'>) => boolean | undefined
}

/** A peer is known by its session's number, as the relay stamps it. */
export type PeerInput =
  | { readonly type: 'linked'; readonly peer: number }
  | { readonly type: 'unlinked'; readonly peer: number }
  | { readonly type: 'message'; readonly peer: number; readonly bytes: Uint8Array }
  /** R2: a part of a frame came. */
  | { readonly type: 'part'; readonly peer: number }
  /** The room took an input: its outbox or its link may be another. */
  | { readonly type: 'look' }
  /** What this page read of the log. */
  | { readonly type: 'applied'; readonly batches: readonly AppliedBatch[] }
  /** K7: the relay's word for somebody whose entries this page carried. */
  | { readonly type: 'receipted'; readonly receipt: Receipt }
  /** C15: the log is to be had from the start, and this is it. */
  | { readonly type: 'vouched'; readonly vouched: Vouched }
  /** R13: what was read for a peer. */
  | {
      readonly type: 'readLog'
      readonly peer: number
      readonly after: number
      readonly batches: readonly Uint8Array[]
    }
  /** C9 */
  | { readonly type: 'reset' }
  | { readonly type: 'time' }

export type PeerEffect =
  | { readonly type: 'send'; readonly peer: number; readonly bytes: Uint8Array }
  /** R3: rows to show and to keep in the outbox, in order. */
  | { readonly type: 'carry'; readonly rows: readonly TakenRow[] }
  /** K8: one that this page has verified. */
  | { readonly type: 'receipt'; readonly receipt: Omit<Receipt, 'room'> }
  /** R13: a peer wants the log of that epoch behind an offset; it is read, and told as an input. */
  | {
      readonly type: 'readLog'
      readonly peer: number
      readonly epoch: Epoch
      readonly after: number
    }
  /** C15: what peers brought of the log, proven; nothing where none could. */
  | { readonly type: 'proven'; readonly batches: readonly Uint8Array[] }
  /** The link is to be ended; after an offence none is made again. */
  | { readonly type: 'end'; readonly peer: number; readonly isOffence: boolean }
  /** R5: nobody takes it: it is its author's alone from now on. */
  | { readonly type: 'forsake'; readonly key: EntryKey }

/** What this page knows of one peer. */
export type Peer = {
  readonly id: number
  heardAt: Millis
  /** Whether it has said anything yet. */
  isKnown: boolean
  isLive: boolean
  isFull: boolean
  holds: readonly PeerRun[]
  /** When which entries, and receipts, were given to it. */
  readonly handed: Map<string, Millis>
  readonly told: Map<string, Millis>
  /** Entries that it brought first and that wait here, with their bytes. */
  readonly brought: Map<string, number>
  broughtBytes: number
  /** What was refused of it since it was told that this page is full, and what it repeated since it brought something. */
  refused: number
  refusedBytes: number
  repeated: number
}

/** What the parts of the machine do. */
export type PeerWork = {
  now: Millis
  readonly effect: (effect: PeerEffect) => void
  readonly send: (peer: Peer, body: PeerBody) => void
  readonly drop: (why: PeerDrop, count?: number) => void
  /** Ends the link for an offence. */
  readonly offends: (peer: Peer, why: PeerOffence) => void
  /** What this page says of itself has changed. */
  readonly toSay: () => void
}
