import type {
  Chain,
  CursorProof,
  EntryKey,
  Epoch,
  ExpiredEvents,
  KeptBatch,
  Millis,
  OutboxRow,
  RejectedRow,
  RoomName,
} from '../protocol/index.ts'

export type { KeptBatch, OutboxRow, RejectedRow } from '../protocol/index.ts'

/*
 * What the kit needs of the world. Ports are callback-shaped: promises live at the edges only, so that the order of
 * microtasks never matters and the loop can run under a simulator. A port calls back later, never from within the call.
 */

export interface Clock {
  /** Monotonic. */
  now(): Millis
  /** The wall clock, ms since 1970: for display only. */
  wallMs(): number
  /** Calls `callback` once at `at` or soon after; returns how to give up. */
  wake(at: Millis, callback: () => void): () => void
}

export type LinkEvents = {
  readonly opened: () => void
  readonly message: (bytes: Uint8Array) => void
  /** A text message, which no relay of ours sends. */
  readonly text: () => void
  /** Exactly once, also when the connection never opened (code 1006); nothing comes after it. */
  readonly closed: (code: number, reason: string) => void
}

/** One connection; a late event of it is the caller's to ignore. */
export interface Link {
  /** False while the connection is not open: then it is dropped. */
  send(bytes: Uint8Array): boolean
  /** `closed` follows soon, without waiting for the other end. `code` must be 1000 or 3000–4999. */
  close(code: number, reason: string): void
}

export interface Transport {
  connect(url: string, events: LinkEvents): Link
}

/** The log folded up to a cursor: documents merged, events verbatim. Folded from stored batches alone. */
export type Base = {
  readonly epoch: Epoch
  readonly offset: number
  readonly chain: Chain
  /** What shows that the relay gave this place out; bases of earlier versions have none. */
  readonly proof?: CursorProof | undefined
  /** One Yjs update with everything up to `offset`, or undefined if there was none. */
  readonly snapshot: Uint8Array | undefined
  /** The void and event records up to `offset`, as the folder wrote them. */
  readonly events: readonly Uint8Array[]
  /** S19: events up to `offset` that were left out of what the base was folded from; bases of earlier versions do not say. */
  readonly expired?: ExpiredEvents | undefined
}

/** What a browser keeps of one room. Shown = base + log + outbox. */
export type KeptRoom = {
  readonly base: Base | undefined
  /** In order of `last`, those of base.epoch behind base.offset; without a base, all of the one epoch there is. */
  readonly batches: readonly KeptBatch[]
  /** In order of (order, author, seq); every user's. */
  readonly rows: readonly OutboxRow[]
  readonly rejected: readonly RejectedRow[]
  /** K9: by which this room's relay signs receipts, as it said itself. */
  readonly receiptKey: Uint8Array | undefined
}

/**
 * One atomic change of what is kept of a room: all of it or nothing. In this order: `fold` is checked, the log forgotten,
 * rows dropped, rows and batches put, the base replaced. A row without a proof is not put where one with a proof is (K10).
 */
export type RoomChange = {
  readonly putRows?: readonly OutboxRow[]
  readonly dropRows?: readonly EntryKey[]
  readonly putRejected?: readonly RejectedRow[]
  readonly dropRejected?: readonly EntryKey[]
  readonly putBatches?: readonly KeptBatch[]
  /**
   * Replaces the base and drops the batches that it covers, if the stored base is still the one at `expectOffset` of
   * `expectEpoch` (undefined: none); otherwise nothing of this change happens and `done` says `superseded`.
   */
  readonly fold?: {
    readonly expectEpoch: Epoch | undefined
    readonly expectOffset: number
    readonly base: Base
  }
  /** Forgets base and batches: the relay's log starts anew. Rows stay. */
  readonly forgetLog?: boolean
  /** K9 */
  readonly receiptKey?: Uint8Array
}

/**
 * `unavailable`: nothing can be stored here, or not now; `quota`: the space is used up; `closed`: the database went away
 * under the call; `aborted`: the browser gave up. After these nothing of the change is kept. After `timeout` it may be.
 * The next call tries afresh in every case.
 */
export type StorageFailure = {
  readonly code: 'unavailable' | 'quota' | 'timeout' | 'closed' | 'aborted'
  readonly reason: string
}

export type StorageResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: StorageFailure }

/** Whether the browser promised not to evict, and how full it is; undefined where it does not say. */
export type StorageProtection = {
  readonly isPersisted?: boolean
  readonly usageBytes?: number
  readonly quotaBytes?: number
}

/** The browser's disk. `done` is called exactly once for each call, with ok only after the transaction completed. */
export interface Storage {
  /** A consistent view of one room, read in one transaction. */
  load(room: RoomName, done: (result: StorageResult<KeptRoom>) => void): void
  commit(
    room: RoomName,
    change: RoomChange,
    done: (result: StorageResult<'committed' | 'superseded'>) => void,
  ): void
  /** The rooms that have rows of the outbox. */
  roomsWithRows(done: (result: StorageResult<readonly RoomName[]>) => void): void
  /** A random name that this profile keeps, minted by the first who asks. */
  profileId(fresh: string, done: (result: StorageResult<string>) => void): void
  /** Called when what was stored may be gone: the database was closed, evicted or cleared under us. */
  onLost(listener: () => void): () => void
  protection(done: (result: StorageProtection) => void): void
  /** Later calls are answered `closed`; what is under way still completes. */
  close(): void
}

/** Locks between the pages of one profile; where the browser has none, nothing is ever granted. */
export interface Locks {
  /** False on an insecure origin: then nobody can know whether another page still lives. */
  readonly exist: boolean
  /** Holds `name` for as long as this page lives or until released. */
  hold(name: string): () => void
  /** Asks for `name` and waits, without stealing; returns how to stop asking or to release. */
  request(name: string, granted: () => void): () => void
}

/** One channel as this page has it. */
export interface TabChannel {
  /** To every other page on the channel, never to this one; dropped once closed. The bytes are copied before it returns. */
  post(bytes: Uint8Array): void
  close(): void
}

/** Channels between the pages of one browser profile. */
export interface TabChannels {
  /** `message` hears whatever any page posts under this name from now on: anybody's bytes. */
  open(name: string, message: (bytes: Uint8Array) => void): TabChannel
}

/** How pages find a way to each other. */
export type PeerServers = {
  /** STUN and TURN servers as `RTCConfiguration` has them; none where it is left out. */
  readonly iceServers?: readonly {
    readonly urls: string | readonly string[]
    readonly username?: string
    readonly credential?: string
  }[]
  /** By TURN alone, so that no peer learns this device's address. */
  readonly isRelayedOnly?: boolean
}

export type PeerCallEvents = {
  /** Once: what the other page is to be told by another way. At most 3600 bytes of UTF-8. */
  readonly described: (text: string) => void
  readonly opened: () => void
  /** A whole frame, and never more than one may have. */
  readonly message: (bytes: Uint8Array) => void
  /** A part of a frame came: a large one takes its time, and the other page is there all the while. */
  readonly part: () => void
  /** Exactly once, also when it never opened; nothing comes after it. `isOffence`: the other page sent what no page of ours does. */
  readonly closed: (isOffence: boolean) => void
}

/** One direct link to another page, or the attempt at one. */
export interface PeerCall {
  /** What the page that was called says in answer: anybody's text. */
  answered(text: string): void
  /** In order and whole, however long. False where it is not open; the link ends when too much waits. The bytes may not change. */
  send(bytes: Uint8Array): boolean
  /** `closed` follows. */
  close(): void
}

/** R1: direct links between pages. */
export interface Peers {
  call(servers: PeerServers, events: PeerCallEvents): PeerCall
  /** `text`: what the caller described: anybody's. */
  answer(servers: PeerServers, text: string, events: PeerCallEvents): PeerCall
}

/** What the page goes through. */
export type PageEvent =
  | 'online'
  | 'offline'
  | 'visible'
  | 'hidden'
  | 'shown'
  | 'resumed'
  | 'leaving'

export interface Page {
  readonly isHidden: boolean
  subscribe(listener: (event: PageEvent) => void): () => void
}

/** Everything a driver runs on. */
export type Ports = {
  readonly clock: Clock
  readonly transport: Transport
  readonly storage: Storage
  readonly locks: Locks
  readonly page: Page
  /** Undefined where pages cannot hear each other. */
  readonly tabs?: TabChannels | undefined
  /** Undefined where there are no direct links. */
  readonly peers?: Peers | undefined
  /** `length` random bytes from a cryptographic source. */
  readonly randomBytes: (length: number) => Uint8Array
  /** In [0, 1): for jitter only. */
  readonly random: () => number
  /** W22: frames above this are sent in pieces of it, instead of 256 KiB. */
  readonly pieceBytes?: number | undefined
}
