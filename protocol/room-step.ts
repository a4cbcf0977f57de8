import type { Batch } from './batch.ts'
import type { CloseReason } from './close-code.ts'
import type {
  CursorProof,
  DownFrame,
  PartCode,
  PresentSession,
  RelayView,
  UpFrame,
} from './frame.ts'
import type { Author, Chain, Epoch, Millis } from './ids.ts'
import type { Vouched } from './log-proof.ts'
import type { Reading } from './log-reader.ts'
import type { OutboxEffect, OutboxInput } from './outbox-types.ts'
import type { Receipt } from './receipt.ts'
import type { KeptRun } from './repair-run.ts'
import type { Window } from './sender.ts'

/** A page's place in a room's log; at offset 0 it is before everything and of no epoch. */
export type Cursor = {
  readonly epoch: Epoch | undefined
  readonly offset: number
  readonly chain: Chain
  /** S14: what shows that the relay gave it out. */
  readonly proof: CursorProof | undefined
}

/*
 *  apart ──join──► joining ──joined──► catching up ──page that ends at the head──► live
 *    ▲               │  │                                                            │
 *    │               │  └──reset──► joining again, from the start of the new log     │
 *    │               └──parted (final)──► refused                                    │
 *    └──────────── disconnected, or parted with a code to come back from ────────────┘
 */
export type RoomPhase =
  | { readonly type: 'apart'; readonly retryAt: Millis | undefined }
  | { readonly type: 'joining'; readonly ref: number; readonly since: Millis }
  | {
      readonly type: 'catching-up' | 'live'
      readonly ref: number
      /** The relay's number for the room. */
      readonly room: number
      /** When the pull that is under way was sent. */
      readonly pullSince: Millis | undefined
    }
  | { readonly type: 'refused'; readonly code: PartCode }

export type AppliedBatch = { readonly batch: Batch; readonly bytes: Uint8Array }

export type RoomEffect =
  | OutboxEffect
  /** Batches to apply, in order, each once. They come before the effects that settle what is in them. */
  | { readonly type: 'apply'; readonly batches: readonly AppliedBatch[] }
  /** C9: the relay's log starts anew; everything derived from the old one is to be dropped. */
  | { readonly type: 'reset' }
  | { readonly type: 'caughtUp' }
  /** C12: the relay has taken of the run what it takes. */
  | { readonly type: 'repaired' }
  /** O7: ask for the lock of another page's producer, and tell when it is granted. */
  | { readonly type: 'requestLock'; readonly author: Author }
  | {
      readonly type: 'presence'
      readonly isWhole: boolean
      readonly sessions: readonly PresentSession[]
    }
  | {
      readonly type: 'seen'
      readonly marks: readonly { readonly session: number; readonly through: number }[]
    }
  | {
      readonly type: 'signalled'
      readonly session: number
      readonly user: string
      readonly bytes: Uint8Array
    }
  | { readonly type: 'view'; readonly view: RelayView }
  /** K6: what shows to the relay whose author it is. */
  | {
      readonly type: 'passed'
      readonly author: Author
      readonly user: string
      readonly pass: Uint8Array
    }
  /** K7: the relay's word for the author of what this page carried. */
  | { readonly type: 'receipted'; readonly receipt: Receipt }
  /** C15: what peers are to bring. */
  | { readonly type: 'vouched'; readonly vouched: Vouched }
  /** P5: how far batches of another tab were read; `unfit`: not at all, since the relay is there or they are of another log. */
  | { readonly type: 'handed'; readonly end: Reading['end'] | 'unfit' }

/** What a driver tells a room. */
export type RoomInput =
  | Extract<OutboxInput, { type: 'write' | 'carried' | 'persisted' | 'persistFailed' }>
  | Extract<OutboxInput, { type: 'storageLost' | 'logRead' }>
  /** R5: a carried entry that nobody takes. */
  | Extract<OutboxInput, { type: 'rejected' }>
  | { readonly type: 'lockGranted'; readonly author: Author }
  | { readonly type: 'signal'; readonly bytes: Uint8Array }
  | { readonly type: 'ask' }
  | { readonly type: 'repair'; readonly run: KeptRun }
  /** K8: a receipt of which the driver has verified that the relay signed it. */
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  /** P5: batches that another tab of this browser has. */
  | { readonly type: 'handed'; readonly epoch: Epoch; readonly batches: readonly Uint8Array[] }
  /** C15: whether peers may bring the log, from the next join on. */
  | { readonly type: 'helped'; readonly isOn: boolean }
  /** C15: batches of the log that peers brought and that are proven (C14); none where no peer had it. */
  | { readonly type: 'proven'; readonly batches: readonly Uint8Array[] }
  /** P4: carried rows of these authors are another tab's to send, unless something of this page's own stands behind them. */
  | { readonly type: 'elsewhere'; readonly authors: ReadonlySet<Author> }

/** What a step wants: frames for the relay, effects for the driver, or the end of the connection. */
export type RoomStep = {
  readonly frames: UpFrame[]
  readonly effects: RoomEffect[]
  fault: CloseReason | undefined
}

/** What a room needs of the connection that carries it. */
export type Wire = {
  readonly nextNumber: () => number
  readonly window: () => Window
  readonly maxPageBytes: () => number
  readonly maxFrameBytes: () => number
  /** Whether the relay has welcomed us: before, it answers nothing. */
  readonly isWelcomed: () => boolean
  /** Whether nothing at all came from the relay for a while. */
  readonly isQuiet: () => boolean
  /** Random in [0, 1), for jitter. */
  readonly random: () => number
}

/** C12: what pages have given back to this log since the relay loaded it, and how many pages did. */
export type Restored = { readonly records: number; readonly sessions: number }

export type RoomCounters = {
  sent: number
  resent: number
  settled: number
  applied: number
  duplicatesDropped: number
  gapsHealed: number
  /** How often the page found itself behind the log, on joining or later, and asked for what it had missed. */
  catchUps: number
  resets: number
  adopted: number
  rehomed: number
  /** K8 */
  receiptsTaken: number
  receiptsIgnored: number
}

export const newCounters = (): RoomCounters => ({
  sent: 0,
  resent: 0,
  settled: 0,
  applied: 0,
  duplicatesDropped: 0,
  gapsHealed: 0,
  catchUps: 0,
  resets: 0,
  adopted: 0,
  rehomed: 0,
  receiptsTaken: 0,
  receiptsIgnored: 0,
})

export const newStep = (): RoomStep => ({ frames: [], effects: [], fault: undefined })

/** What the outbox is told of batches that were applied. */
export const recordedOf = (
  epoch: Epoch,
  applied: readonly AppliedBatch[],
): Extract<OutboxInput, { type: 'recorded' }> => ({
  type: 'recorded',
  epoch,
  records: applied.flatMap(({ batch }) => batch.records),
  batches: applied.map(({ batch: { first, last }, bytes }) => {
    return { epoch, first, last, bytes: bytes.slice() }
  }),
})

/** The earlier of two times; undefined is never. */
export const earlier = (one: Millis | undefined, other: Millis | undefined): Millis | undefined => {
  if (one === undefined || other === undefined) return one ?? other
  return Math.min(one, other)
}

export const viewOf = (
  frame: Extract<DownFrame, { type: 'view' }>,
): Extract<RoomEffect, { type: 'view' }> => {
  const { type, ref: _ref, ...view } = frame
  return { type, view }
}
