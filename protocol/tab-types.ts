import type { Author, Epoch, Millis } from './ids.ts'
import type { Outbox } from './outbox.ts'
import type { OutboxRow } from './outbox-types.ts'
import type { Reading } from './log-reader.ts'
import type { AppliedBatch, Cursor } from './room-step.ts'
import type { HandedRow, TabBody, TabDecodeFailure, TabId, TabScope } from './tab-frame.ts'

/**
 * Why a frame between tabs, or something in it, was dropped. `foreign`: of another channel; `echo`: our own; `stale`: overtaken by a
 * later one of the same tab; `forged`: bytes, hash, proof and author do not fit each other; `own`: a row of ours; `repeated`: a row
 * that is held or in the log; `gap`: something before it is missing; `unfit`: batches that do not follow this page's cursor.
 */
export type TabDrop =
  | TabDecodeFailure
  | 'foreign'
  | 'echo'
  | 'stale'
  | 'forged'
  | 'own'
  | 'repeated'
  | 'gap'
  | 'unfit'

/** What the machine reads of the room that it helps. */
export type TabRoom = {
  readonly outbox: Outbox
  readonly user: string
  /** Whether the relay takes what this page sends. */
  readonly isLive: () => boolean
  /** The relay's number for this page's session; undefined while there is none. */
  readonly session: () => number | undefined
  readonly cursor: () => Cursor
  /** P3: whether its proof, or else its seal, is of the author that it names. */
  readonly isAuthentic: (row: HandedRow) => boolean
  /** Whether this page minted under this author. */
  readonly isOwn: (author: Author) => boolean
  /** Whether an event of this first key is in the log. */
  readonly isLogged: (author: Author, seq: number) => boolean
}

export type TabInput =
  /** Who this is, on which channel. */
  | { readonly type: 'open'; readonly id: TabId; readonly scope: TabScope }
  | { readonly type: 'close' }
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  /** The room took an input: its outbox, cursor or link may be another. */
  | { readonly type: 'look' }
  /** What this page read of the log, from the relay, its disk or a tab. */
  | { readonly type: 'applied'; readonly batches: readonly AppliedBatch[] }
  /** C9 */
  | { readonly type: 'reset' }
  | { readonly type: 'signal'; readonly bytes: Uint8Array }
  /** What became of batches that were handed in. */
  | { readonly type: 'handed'; readonly end: Reading['end'] | 'unfit' }
  /** The answer to `read`. */
  | {
      readonly type: 'read'
      readonly to: TabId
      readonly epoch: Epoch
      readonly batches: readonly Uint8Array[]
    }
  | { readonly type: 'time' }

export type TabEffect =
  | { readonly type: 'post'; readonly bytes: Uint8Array }
  /** P3: rows to show and to keep in the outbox, in order. */
  | { readonly type: 'carry'; readonly rows: readonly OutboxRow[] }
  /** P6: batches as another tab had them of the relay. */
  | { readonly type: 'hand'; readonly epoch: Epoch; readonly batches: readonly Uint8Array[] }
  /** P4: rows of these authors are left to other tabs. */
  | { readonly type: 'elsewhere'; readonly authors: ReadonlySet<Author> }
  /** P7; `tab`: a number below 0 that stands for the tab. */
  | { readonly type: 'signalled'; readonly tab: number; readonly bytes: Uint8Array }
  /** A tab's session at the relay is this one now. */
  | { readonly type: 'session'; readonly tab: number; readonly session: number }
  /** Somebody came, or a link went, and signals go between tabs from now on: who we are is to be said. */
  | { readonly type: 'greet' }
  | { readonly type: 'gone'; readonly tab: number }
  /** Batches behind `after` are to be read from the disk for another tab. */
  | { readonly type: 'read'; readonly to: TabId; readonly after: number }

/** What the parts of the machine do. */
export type TabWork = {
  now: Millis
  readonly effect: (effect: TabEffect) => void
  readonly post: (body: TabBody) => void
  readonly drop: (why: TabDrop) => void
}
