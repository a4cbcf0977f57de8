import type { CloseReason } from './close-code.ts'
import type { Millis, RoomName } from './ids.ts'
import type { Limits } from './limits.ts'
import type { OutboxOptions } from './outbox-types.ts'
import type { Cursor, RoomEffect, RoomInput } from './room-step.ts'

/** What the connection of a page does; the fields are those that the phase has. */
export type SessionPhase =
  /** No room is open, or the page is paused. */
  | { readonly type: 'idle' }
  | { readonly type: 'waiting'; readonly until: Millis; readonly floor: Millis }
  | { readonly type: 'asking-token'; readonly generation: number; readonly since: Millis }
  | { readonly type: 'connecting'; readonly generation: number; readonly since: Millis }
  | { readonly type: 'greeting'; readonly generation: number; readonly since: Millis }
  | {
      readonly type: 'live'
      readonly generation: number
      readonly limits: Limits
      readonly session: number
      /** K8: the key of the relay's receipts, as it said itself. */
      readonly receiptKey: Uint8Array | undefined
      /** When every open room was caught up for the first time on this connection. */
      readonly syncedSince: Millis | undefined
    }
  /** W9: the relay said that coming back changes nothing. */
  | { readonly type: 'refused'; readonly code: number; readonly reason: string }

/** Why the last connection ended, for people. */
export type LastEnd = {
  readonly code: number
  readonly reason: string
  /** There was no token to begin with. */
  readonly isOfToken?: true
}

export type SessionInput =
  | {
      readonly type: 'open'
      readonly room: RoomName
      readonly cursor: Cursor | undefined
      readonly outbox: OutboxOptions
    }
  | { readonly type: 'close'; readonly room: RoomName }
  | { readonly type: 'room'; readonly room: RoomName; readonly input: RoomInput }
  | { readonly type: 'token'; readonly generation: number; readonly token: string }
  | { readonly type: 'tokenFailed'; readonly generation: number; readonly reason: string }
  | { readonly type: 'opened'; readonly generation: number }
  | { readonly type: 'message'; readonly generation: number; readonly bytes: Uint8Array }
  | { readonly type: 'text'; readonly generation: number }
  | {
      readonly type: 'closed'
      readonly generation: number
      readonly code: number
      readonly reason: string
    }
  /** Online again, visible again, shown again, resumed, or somebody pressed "try now". */
  | { readonly type: 'wake' }
  | { readonly type: 'visibility'; readonly isHidden: boolean }
  /** W21: the app wants no connection, or wants it again. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'time' }

export type SessionEffect =
  | { readonly type: 'askToken'; readonly generation: number }
  | { readonly type: 'connect'; readonly generation: number }
  | { readonly type: 'send'; readonly generation: number; readonly bytes: Uint8Array }
  | { readonly type: 'disconnect'; readonly generation: number; readonly reason: CloseReason }
  | { readonly type: 'room'; readonly room: RoomName; readonly effect: RoomEffect }

export type SessionOptions = {
  /** A secret of 16 random bytes as hex: what proves to the relay that a reconnect is the same page. */
  readonly session: string
  readonly user: string
  readonly isHidden: boolean
  /** Random in [0, 1), for jitter. */
  readonly random: () => number
  /** W22: frames above this are sent in pieces of it; PIECE_BYTES where it is left out. */
  readonly pieceBytes?: number | undefined
  /** C7: what the cap of the back-off grows to, asked at each wait; 30 s where it is left out. */
  readonly maxWaitMs?: (() => number) | undefined
}
