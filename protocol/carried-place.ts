import { keyOf } from './ids.ts'
import type { EntryKey } from './ids.ts'
import type { HeldRow } from './outbox-types.ts'

type Rows = ReadonlyMap<string, HeldRow>

/** The first row of the same author that comes after a key. What is carried comes in any order, and is sent in the author's. */
const firstBehind = (rows: Rows, { author, seq }: EntryKey): HeldRow | undefined => {
  for (const held of rows.values()) {
    if (held.row.author === author && held.row.seq > seq) return held
  }
  return undefined
}

/** Whoever says a place is believed so far beyond one's own: places are not to run out. */
const FARTHEST = 1_000_000

/**
 * K10: a carried row's place in the order of sending: that of the first row behind it, which it then stands before, or the one that it had where it comes from, so that
 * all pages of one browser, which keep it on one disk, give it the same; else `next`.
 */
export const carriedOrder = (
  rows: Rows,
  row: EntryKey & { readonly order?: number },
  next: number,
): number => firstBehind(rows, row)?.row.order ?? Math.min(row.order ?? next, next + FARTHEST)

/** Rows with one more, which is not behind any of its author that comes after it. The same map where it may stand at the end. */
export const withCarried = (rows: Map<string, HeldRow>, held: HeldRow): Map<string, HeldRow> => {
  const key = keyOf(held.row.author, held.row.seq)
  const behind = firstBehind(rows, held.row)
  if (behind === undefined) return rows.set(key, held)
  const placed = new Map<string, HeldRow>()
  for (const [other, row] of rows) {
    if (row === behind) placed.set(key, held)
    placed.set(other, row)
  }
  return placed
}
