import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { Payload, PresenceState, RelayView } from '../protocol/index.ts'
import type { HoldfastError } from './holdfast-error.ts'

/** How safe this page's edits in a room are, as one word; see {@link SAVE_SENTENCES} for what it tells the user. */
export type SaveState = 'saved' | 'saving' | 'on-device' | 'volatile' | 'blocked' | 'rejected'

/** What the connection does. `refused` is final until somebody acts: see `Status.problem`. */
export type ConnectionState =
  | 'offline'
  | 'waiting'
  | 'connecting'
  | 'catching-up'
  | 'live'
  | 'refused'
  | 'closed'

/** The room in figures. Everything here is derived; times are ms, sizes bytes. */
export type Status = {
  readonly connection: ConnectionState
  readonly save: SaveState
  /** Unsettled entries that this page shows, carried ones included. */
  readonly pendingCount: number
  readonly pendingBytes: number
  readonly oldestPendingMs: number
  readonly rttMs: number | undefined
  /** The newest offset that this page has applied, and the newest that the relay has told of. */
  readonly lastOffset: number
  readonly headOffset: number
  /** Of the other sessions present, how many have applied everything that this page has settled. */
  readonly seenBy: number
  /** The other sessions present. */
  readonly peers: number
  readonly rejectedCount: number
  /** Records that could not be applied (`degraded`), kept with their bytes. */
  readonly quarantinedCount: number
  /** Whether this browser can keep anything: false in private modes, with a full quota, or where storage broke. */
  readonly isStorageWorking: boolean
  /** Why the connection is refused, the room blocked or storage broken, with a sentence for the user. */
  readonly problem: HoldfastError | undefined
  /** How often what happened since the page opened the room. */
  readonly counters: Counters
}

export type Counters = {
  readonly sent: number
  readonly resent: number
  readonly settled: number
  readonly applied: number
  readonly duplicatesDropped: number
  readonly gapsHealed: number
  readonly reconnects: number
  readonly resets: number
  readonly adopted: number
  readonly rehomed: number
}

/** A value that can be read now and watched: fits React's `useSyncExternalStore` and Svelte's stores. */
export type Readable<Value> = {
  readonly current: Value
  /** Calls `listener` at once and after each change; returns how to stop. */
  subscribe(listener: (value: Value) => void): () => void
}

export type EventInfo = {
  /** Where the event stands in the room's log. */
  readonly offset: number
  readonly author: string
  readonly user: string
  /** Whether this very page pushed it. */
  readonly own: boolean
  /** The relay's wall clock, ms since 1970: for display only. */
  readonly atMs: number
}

/** Durable on the relay. The offset is undefined in the rare case that the relay only told that it has the entry. */
export type Settled = { readonly offset: number | undefined; readonly epoch: string | undefined }

/** One pushed event on its way. Lazy: if nobody awaits it, nothing is ever unhandled. */
export interface Delivery extends PromiseLike<Settled> {
  /** Resolves when the entry is on this device's disk; rejects with `volatile` when this page cannot store. */
  readonly stored: PromiseLike<void>
  /** How many of the other sessions present have applied it. */
  readonly seen: number
  /** `ok` with {@link Settled}, `error` with a HoldfastError, `timeout` once after `timeoutMs` while still queued. */
  receive(status: 'ok', callback: (settled: Settled) => void): Delivery
  receive(status: 'error', callback: (error: HoldfastError) => void): Delivery
  receive(status: 'timeout', callback: () => void): Delivery
}

export type Fold<State> = { readonly confirmed: State; readonly current: State }

/** One person in the room with every page they have open. */
export type PresentUser = {
  readonly user: string
  readonly isSelf: boolean
  /** `away` when every one of their pages is hidden. */
  readonly state: 'here' | 'away'
  readonly sessions: readonly { readonly session: number; readonly state: PresenceState }[]
}

export type PresenceChange = {
  readonly user: string
  readonly change: 'joined' | 'left' | 'timed-out'
}

export type PendingEntry = {
  readonly author: string
  readonly seq: number
  readonly kind: 'update' | 'event'
  readonly name: string | undefined
  readonly bytes: Uint8Array
  readonly ageMs: number
  readonly isOnDisk: boolean
}

export type RejectedEntry = {
  readonly author: string
  readonly seq: number
  readonly code: string
  readonly bytes: Uint8Array
}

export type QuarantinedRecord = {
  readonly offset: number
  readonly author: string
  readonly bytes: Uint8Array
  readonly reason: string
}

export interface Room {
  readonly name: string
  /** Local state is back: needs no network, and never rejects. */
  readonly ready: Promise<void>
  readonly doc: Doc | undefined
  readonly awareness: Awareness | undefined
  readonly status: Readable<Status>
  readonly presence: Readable<readonly PresentUser[]>
  /** Never throws for being offline; throws a TypeError for a payload that is neither JSON nor bytes. */
  push(name: string, payload: Payload, options?: { readonly timeoutMs?: number }): Delivery
  on(name: 'reset', handler: () => void): () => void
  on(name: 'presence', handler: (change: PresenceChange) => void): () => void
  on(name: string, handler: (payload: Payload, info: EventInfo) => void): () => void
  /** The state that follows from all events: `reduce` must be pure. */
  fold<State>(
    empty: State,
    reduce: (state: State, event: FoldedEvent) => State,
  ): Readable<Fold<State>>
  /** An ephemeral message to the other sessions: unordered, unstored, at most 4 KiB; dropped while not live. */
  signal(payload: Payload): void
  onSignal(handler: (payload: Payload, from: { session: number; user: string }) => void): () => void
  /** What the relay thinks of this page; rejects with `not-live` when there is no connection to ask. */
  relayView(): Promise<RelayView>
  pending(): readonly PendingEntry[]
  rejected(): readonly RejectedEntry[]
  quarantined(): readonly QuarantinedRecord[]
  /** Resolves when everything written so far is settled; rejects with the signal's reason. */
  flush(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Leaves the room. What is unsettled stays on this device. */
  close(): Promise<void>
}

export type FoldedEvent = {
  readonly name: string
  readonly payload: Payload
  readonly author: string
  readonly user: string
  /** Undefined while the event is still pending. */
  readonly offset: number | undefined
  readonly own: boolean
}

/** What a socket must offer: the browser's WebSocket, the `ws` package's, or one wrapped in faults. */
export type WebSocketLike = new (url: string, protocols?: string | string[]) => WebSocket

export type OpenRoomOptions = {
  /** The relay's address, `ws:` or `wss:` (http(s) is understood); the path `/holdfast` is added. */
  readonly url: string
  readonly room: string
  /** The document to keep in this room; without it the room carries events only. */
  readonly doc?: Doc
  /** Cursors and names over signals, y-protocols' own class. */
  readonly awareness?: Awareness
  /** A stable name of the user; without it a random one that this browser profile keeps. */
  readonly user?: string
  /** Read again at every attempt to connect. */
  readonly token?: () => string | Promise<string>
  /** Keeps several clients of one origin apart: own database, own user. */
  readonly namespace?: string
  readonly WebSocket?: WebSocketLike
  /** `memory` keeps nothing over a reload, and says so. Default: `indexeddb` where it exists. */
  readonly storage?: 'indexeddb' | 'memory'
}
