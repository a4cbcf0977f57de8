/** Reading rooms out of an LMDB database of ours: the same code for the store and beside it. */
import type { RootDatabase } from 'lmdb'
import { EMPTY_ROOM } from './judge.ts'
import {
  BATCH_KEYS,
  batchKey,
  checkpointKey,
  keyBehindRoom,
  readBatch,
  readCheckpoint,
  readTombstone,
  roomOfBatchKey,
  tombstoneKey,
} from './lmdb-rows.ts'
import type { RoomHead } from './judge.ts'
import type { BatchRow } from './lmdb-rows.ts'
import { StoreError } from './store.ts'
import type { RoomState, StoredBatch } from './store.ts'

export type Db = RootDatabase<Buffer, Buffer>

/** A database within a transaction: what its writes promise is nothing but the transaction's word. */
export type InTransaction = {
  put(key: Buffer, value: Buffer, version?: number): unknown
  remove(key: Buffer): unknown
}

export function readRoomHead(db: Db, room: string): RoomHead {
  const last = lastBatch(db, room)
  if (last) return { head: last.head, term: last.term }
  const tombstone = readRow(db, tombstoneKey(room), readTombstone)
  return tombstone ? { head: 0, term: tombstone.term } : EMPTY_ROOM
}

export function readRoomState(db: Db, room: string): RoomState {
  const last = lastBatch(db, room)
  const tombstone = readRow(db, tombstoneKey(room), readTombstone)
  const checkpoint = readRow(db, checkpointKey(room), readCheckpoint)
  const head = last?.head ?? 0
  if (checkpoint && checkpoint.through > head) throw hole(room, head, checkpoint.through)
  return {
    head,
    term: last?.term ?? tombstone?.term ?? 0,
    ...(checkpoint && { checkpoint }),
    ...(tombstone && { deleted: tombstone.bytes }),
  }
}

export function readBatches(
  db: Db,
  room: string,
  after: number,
  maxBytes: number,
): readonly StoredBatch[] {
  const page: StoredBatch[] = []
  let size = 0
  let through = after
  const range = { start: batchKey(room, after + 1), end: batchKey(room, Infinity) }
  for (const { key, value } of db.getRange(range)) {
    const { head, before, bytes } = readBatch(key, value)
    // The first batch of a page may begin before the cursor, the others not before their forerunner.
    if (page.length === 0 ? before > through : before !== through) throw hole(room, through, before)
    size += bytes.length
    if (page.length > 0 && size > maxBytes) break
    page.push({ head, bytes })
    through = head
  }
  return page
}

export function readRooms(db: Db): readonly string[] {
  const rooms: string[] = []
  let room = roomBehind(db, undefined)
  while (room !== undefined) {
    rooms.push(room)
    room = roomBehind(db, room)
  }
  return rooms
}

/** The first room that has a batch, or the next one behind `room`: one seek, its batches are jumped over. */
export function roomBehind(db: Db, room: string | undefined): string | undefined {
  const [first, end] = BATCH_KEYS
  const start = room === undefined ? first : keyBehindRoom(room)
  const [key] = [...db.getKeys({ start, end, limit: 1 })]
  return key && roomOfBatchKey(key)
}

/** The last room that has a batch, or the one before `room`. */
export function roomBefore(db: Db, room: string | undefined): string | undefined {
  const [first, end] = BATCH_KEYS
  const start = room === undefined ? end : batchKey(room, 0)
  const [key] = [...db.getKeys({ start, end: first, reverse: true, limit: 1 })]
  return key && roomOfBatchKey(key)
}

/** Of the room's batches that end above `after` and up to `through`. */
export function batchKeysOf(
  db: Db,
  room: string,
  after = 0,
  through: number = Number.MAX_SAFE_INTEGER,
): readonly Buffer[] {
  return [...db.getKeys({ start: batchKey(room, after + 1), end: batchKey(room, through + 1) })]
}

function lastBatch(db: Db, room: string): BatchRow | undefined {
  const range = { start: batchKey(room, Infinity), end: batchKey(room, 0), reverse: true, limit: 1 }
  const [last] = [...db.getRange(range)]
  return last && readBatch(last.key, last.value)
}

function readRow<T>(db: Db, key: Buffer, read: (key: Buffer, value: Buffer) => T): T | undefined {
  const value = db.getBinary(key)
  return value && read(key, value)
}

export function hole(room: string, through: number, next: number): StoreError {
  return new StoreError(
    'hole',
    `Records of room ${JSON.stringify(room)} are missing behind offset ${through}: what follows builds on ${next}.`,
  )
}
