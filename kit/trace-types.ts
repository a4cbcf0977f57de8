import type { LinkState, SessionState } from './api.ts'

/** What can happen in a room and on its connection. */
export type TraceDetail =
  | {
      readonly type: 'frame'
      readonly direction: 'up' | 'down'
      readonly kind: string
      readonly bytes: number
    }
  /** `cause`: with `waiting` and `refused`, why the last connection ended, in the words of `Figures.ends`. */
  | { readonly type: 'session'; readonly state: SessionState; readonly cause: string | undefined }
  | { readonly type: 'link'; readonly state: LinkState }
  | { readonly type: 'written'; readonly kind: 'update' | 'event'; readonly bytes: number }
  /** So many rows of the outbox reached this device's disk. */
  | { readonly type: 'stored'; readonly rows: number }
  | { readonly type: 'storeFailed'; readonly reason: string }
  /**
   * The record of an entry came. `ackMs`: from when this page first put the entry on the wire to its ack; undefined where it never did. `way`: over its own link, or
   * from another tab.
   */
  | {
      readonly type: 'settled'
      readonly author: string
      readonly seq: number
      readonly offset: number | undefined
      readonly ackMs: number | undefined
      readonly way: 'relay' | 'tab'
    }
  /** The relay's receipt for entries of this page came by a direct link, from the browser of `user`. */
  | { readonly type: 'receipted'; readonly entries: number; readonly user: string | undefined }
  /** Entries of another browser's user came over a direct link and wait here. */
  | { readonly type: 'carried'; readonly entries: number; readonly user: string }
  /** The relay has entries that this page brought it for `user`, and its receipt goes back to them. */
  | { readonly type: 'brought'; readonly entries: number; readonly user: string }
  | { readonly type: 'applied'; readonly first: number; readonly last: number }
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'quarantined'; readonly offset: number; readonly reason: string }
  | { readonly type: 'reset' }
  | { readonly type: 'rehomed'; readonly entries: number }
  | { readonly type: 'adopted'; readonly entries: number }

/** One thing that happened. `atMs` is the wall clock, ms since 1970. */
export type TraceEvent = { readonly atMs: number } & TraceDetail
