import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { Payload, PresenceState, RelayView } from '../protocol/index.ts'
import type { HoldfastError } from './holdfast-error.ts'
import type { PeerServers, StorageProtection } from './ports.ts'
import type { TraceEvent } from './trace-types.ts'

/** How safe this page's edits in a room are, as one word; see {@link SAVE_SENTENCES} for what it tells the user. */
export type SaveState =
  | 'saved'
  | 'unreadable'
  | 'on-device'
  | 'saving'
  | 'volatile'
  | 'blocked'
  | 'rejected'
  | 'deleted'

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
  /** Unsettled entries of this profile; not those that are carried for other browsers, which {@link PeerFigures} counts. */
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
  /**
   * How many other tabs of this browser hold every unsettled entry of this page: a whole number, 0 where nothing is unsettled. They keep it while they are
   * open and send it when they can; it makes nothing `saved`.
   */
  readonly heldByTabs: number
  /** The other pages to which this one has a direct link now: a whole number, 0 where {@link OpenRoomOptions.peers} is off or no way was found. */
  readonly directPeers: number
  /** How many of those hold every unsettled entry of this page, as `heldByTabs` counts tabs. They bring it to the relay when they can; it makes nothing `saved`. */
  readonly heldByPeers: number
  readonly rejectedCount: number
  /** Records that could not be applied (`degraded`), kept with their bytes. */
  readonly quarantinedCount: number
  /** Whether this browser can keep anything: false in private modes, with a full quota, or where storage broke. */
  readonly isStorageWorking: boolean
  /** Why the connection is refused, the room blocked or storage broken, with a sentence for the user. */
  readonly problem: HoldfastError | undefined
  /** Where the relay had lost records: how many pages have given back since, and how many pages did. */
  readonly restored: { readonly records: number; readonly sessions: number } | undefined
  /**
   * Events of other users that this page had read in a log that the relay has lost, and that nobody has brought back since: a whole number. They are not part of
   * folds any more; `Room.missing()` has them.
   */
  readonly missingEvents: number
  /**
   * How many of the room's events this page does not have, since they were too old to be kept when it read the log: a whole number, 0 while it has them
   * all. What it folded from events that it has read stays, whatever the relay leaves out later.
   */
  readonly expiredEvents: number
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
  /** What this page wrote anew, since the relay had lost it: its user's events one by one, its document as one entry. */
  readonly rewritten: number
  readonly adopted: number
  readonly rehomed: number
}

/** What the connection's machine is in; the words of its diagram. */
export type SessionState =
  | 'idle'
  | 'waiting'
  | 'asking-token'
  | 'connecting'
  | 'greeting'
  | 'live'
  | 'refused'

/** What the room's machine is in, on that connection. */
export type LinkState = 'apart' | 'joining' | 'catching-up' | 'live' | 'refused'

/** Frames of one kind: how many, and the bytes of their messages (the WebSocket's payload, without its framing). */
export type FrameCount = { readonly frames: number; readonly bytes: number }

/**
 * What this page knows of its connection and of this room, in figures: a copy. Frames are what this page gave to and got
 * from its WebSocket; what happened to them further down is not known here. Counts run from when the page opened the
 * connection. Times are ms, sizes bytes.
 */
export type Figures = {
  readonly session: SessionState
  readonly link: LinkState
  /** By the frame's name in SPEC.md (`hello`, `append`, …; `unknown` for what is none). Of all rooms of the connection. */
  readonly sent: Readonly<Record<string, FrameCount>>
  readonly received: Readonly<Record<string, FrameCount>>
  /**
   * Connections that ended or could not be made, by cause: the name of a close code of ours (`draining`, `silent`, …),
   * `unreachable` (never opened), `lost` (broke after it had opened), `no-token`, or the number of another's code.
   */
  readonly ends: Readonly<Record<string, number>>
  /** On how many connections unacked entries were sent again. */
  readonly replays: number
  /** How often this page found itself behind the log, on joining or later, and asked for what it had missed. */
  readonly catchUps: number
  /** The unsettled entries of this profile; `offDisk` of them are on no disk of this device. */
  readonly outbox: {
    readonly entries: number
    readonly bytes: number
    readonly oldestMs: number
    readonly offDisk: number
  }
  /** Entries that this page wrote and that are settled, by the way on which it learned that: its own link, another tab, a receipt that another browser brought. */
  readonly settledBy: { readonly relay: number; readonly tab: number; readonly peer: number }
  readonly tabs: TabFigures
  readonly peers: PeerFigures
  /** Places in the room's log. */
  readonly offsets: {
    /** What this page has applied, and behind it what it has unsettled. */
    readonly local: number
    /** The newest that the relay has told of: it is on the relay's disk. */
    readonly durable: number
    readonly applied: number
    /** What every other session present has applied; undefined when there is none. */
    readonly seen: number | undefined
  }
}

/** What this page knows of the other tabs of its browser that have the room open for the same user. */
export type TabFigures = {
  /** Whether tabs help each other: see `OpenRoomOptions.tabHelp`. */
  readonly isOn: boolean
  /** How many others are here. */
  readonly others: number
  /** Messages that this page posted to them. */
  readonly posted: number
  /** Of theirs, what was dropped, by cause: `version`, `forged`, `stale` and others, as `TabDrop` in protocol/tab-types.ts says. */
  readonly dropped: Readonly<Record<string, number>>
}

/** What this page knows of the pages to which it has direct links, and what it did for them. */
export type PeerFigures = {
  /** Whether direct links are sought: see `OpenRoomOptions.peers`. */
  readonly isOn: boolean
  /** False where the platform has no such links. */
  readonly isAvailable: boolean
  /** Links that are open. */
  readonly links: number
  /** Attempts that came to nothing: no way was found, or nobody answered. */
  readonly failed: number
  /** Entries of others that wait here, and their bytes. They are no part of this page's save state. */
  readonly carried: number
  readonly carriedBytes: number
  /** Receipts of the relay that this page gave to others. */
  readonly receiptsBrought: number
  /** Of the log: what peers brought to this page, proven, so that the relay did not have to send it; and what it gave to others. */
  readonly logBytes: { readonly fetched: number; readonly given: number }
  /** Carried entries that the relay refused, or did not take for ten minutes: their authors have them. */
  readonly refused: number
  /** Of what came, what was dropped, by cause: `forged`, `flood`, `repeated` and others, as `PeerDrop` in protocol/peer-types.ts says. */
  readonly dropped: Readonly<Record<string, number>>
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
  /** `seenThrough`: the newest offset that the page has applied, as the relay last told; 0 until it does. */
  readonly sessions: readonly {
    readonly session: number
    readonly state: PresenceState
    readonly seenThrough: number
  }[]
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

/** An event with the place that it had in the log that is gone; `atMs`: when it got there, ms since 1970. */
export type MissingEvent = {
  readonly offset: number
  readonly author: string
  readonly seq: number
  readonly user: string
  readonly atMs: number
  readonly name: string
  readonly payload: Payload
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
  /** Switches the help of other tabs on or off from now on: see {@link OpenRoomOptions.tabHelp}. Never throws. */
  helpTabs(isOn: boolean): void
  /** Switches the help of other browsers on or off from now on: see {@link OpenRoomOptions.peers}. Never throws. */
  helpPeers(isOn: boolean): void
  /** What the relay thinks of this page; rejects with `not-live` when there is no connection to ask. */
  relayView(): Promise<RelayView>
  /** Works at any time: before `ready` and after `close` too. */
  figures(): Figures
  /**
   * Hears of everything from now on, also before `ready`: of frames and the connection's state for all its rooms, of
   * the rest for this room. Costs next to nothing while nobody listens. Returns how to stop.
   */
  onTrace(listener: (event: TraceEvent) => void): () => void
  /** How this browser protects what is kept; a field is left out where it does not say. Never rejects. */
  protection(): Promise<StorageProtection>
  pending(): readonly PendingEntry[]
  rejected(): readonly RejectedEntry[]
  quarantined(): readonly QuarantinedRecord[]
  /** What `status.missingEvents` counts, in the order of the log that is gone; as long as this page lives. */
  missing(): readonly MissingEvent[]
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

/** What direct links are made with: the browser's RTCPeerConnection, or one wrapped in faults. Not named by its type, which apps for Node have not. */
export type PeerConnectionLike = new (configuration?: object) => object

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
  /**
   * Whether tabs of this browser that have the room open for the same user, relay and namespace help each other: with edits that wait, with what the relay gave
   * out, with cursors while it is away. Default: true with `indexeddb`, where they share what is stored; else false. `Room.helpTabs` switches later.
   */
  readonly tabHelp?: boolean
  /**
   * Whether other browsers that have the room open help over direct links (WebRTC): with edits that wait here while the relay cannot be reached, if a link was there before. `{}` is
   * on, by addresses of the own network alone. **A direct link shows the addresses of this device to whoever is in the room**, unless `isRelayedOnly` is true and `iceServers` has a TURN
   * server. Default: false. `Room.helpPeers` switches later. Where there is no RTCPeerConnection, or no way is found, nothing else is another: `Room.figures().peers` says so.
   */
  readonly peers?: PeerServers | false
  /** Default: the browser's own; elsewhere there are no direct links. */
  readonly RTCPeerConnection?: PeerConnectionLike | undefined
}
