/**
 * Reads all of a store, row by row: each checksum, each log without a hole, and as many rows as LMDB's own count says.
 * Behind some damaged pages LMDB ends a range as if there were nothing more, which only that count tells.
 */
import { checkFormat } from './lmdb-file.ts'
import { faultOfFreePages } from './lmdb-free.ts'
import { hole } from './lmdb-read.ts'
import type { Db } from './lmdb-read.ts'
import {
  FORMAT_KEY,
  headOfBatchKey,
  kindOf,
  readBatch,
  readCheckpoint,
  readTombstone,
  roomOf,
} from './lmdb-rows.ts'
import { StoreError } from './store.ts'

/** A room with something that cannot be trusted. */
export type Damage = { readonly room: string; readonly sentence: string }

export type Walk = {
  readonly rooms: number
  readonly rows: number
  /** Rows that LMDB counts and does not give out. */
  readonly missing: number
  /** What is wrong with the pages that LMDB calls free, as the end of a sentence. */
  readonly freeFault: string | undefined
  /** One for each damaged room, the first that was found of it. */
  readonly damaged: readonly Damage[]
}

/** Throws a `StoreError` where it is no store of ours, or of a newer version. */
export function walk(db: Db, dir: string): Walk {
  const hasFormat = db.getBinary(FORMAT_KEY) !== undefined
  if (hasFormat) checkFormat(db, dir)
  const damaged = new Map<string, string>()
  let [rows, ours, rooms] = [0, 0, 0]
  let room: string | undefined
  let through = 0
  for (const { key, value } of db.getRange({})) {
    rows++
    const kind = kindOf(key)
    const owner = kind === undefined ? '' : roomOf(key)
    if (kind === 'batch' && owner !== room) {
      rooms++
      room = owner
      through = 0
    }
    try {
      if (kind === 'batch') {
        const { head, before } = readBatch(key, value)
        if (before !== through) throw hole(owner, through, before)
        through = head
      } else if (kind === 'checkpoint') readCheckpoint(key, value)
      else if (kind === 'tombstone') readTombstone(key, value)
      if (kind === 'batch' || kind === 'checkpoint' || kind === 'tombstone') ours++
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      if (!damaged.has(owner)) damaged.set(owner, error.message)
      // What is behind a damaged batch may still be whole; that it does not fit is said already.
      if (kind === 'batch') through = headOfBatchKey(key)
    }
  }
  // Without one row of ours it is another program's; with some, the one that says whose it is was lost.
  if (!hasFormat && ours === 0 && rows > 0) checkFormat(db, dir)
  const missing = Math.max(0, countOf(db) - rows, !hasFormat && ours > 0 ? 1 : 0)
  return {
    rooms,
    rows,
    missing,
    freeFault: faultOfFreePages(dir, { isThorough: true }),
    damaged: [...damaged].map(([name, sentence]) => ({ room: name, sentence })),
  }
}

/** How many rows LMDB says there are. */
function countOf(db: Db): number {
  const { entryCount } = db.getStats() as { readonly entryCount: number }
  return entryCount
}
