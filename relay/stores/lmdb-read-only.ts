/** Reading a store that another process may be writing to. */
import { checkInteger, checkRoom } from './judge.ts'
import { checkFormat, openForReading, reason, unreadable } from './lmdb-file.ts'
import { readBatches, readRoomState, readRooms } from './lmdb-read.ts'
import type { Db } from './lmdb-read.ts'
import { checkFile } from './lmdb-ask.ts'
import type { StoreReader } from './store.ts'

/**
 * Never claims the store and never writes to it; takes a slot in LMDB's table of readers. To be used
 * from another process than the writer's. Rejects with `unreadable-store` or `newer-store`; a store
 * that was opened but never written has no rooms.
 */
export async function openLmdbReadOnly(dir: string): Promise<StoreReader> {
  if (!(await checkFile(dir))) throw unreadable(dir, 'there is none')
  const db = openDb(dir)
  try {
    checkFormat(db, dir)
  } catch (error) {
    await db.close()
    throw error
  }
  return reader(db)
}

function openDb(dir: string): Db {
  try {
    return openForReading(dir)
  } catch (error) {
    throw unreadable(dir, reason(error), error)
  }
}

function reader(db: Db): StoreReader {
  return {
    async open(room) {
      checkRoom(room)
      return fresh(db, () => readRoomState(db, room))
    },
    async read(room, after, maxBytes) {
      checkRoom(room)
      checkInteger('after', after)
      return fresh(db, () => readBatches(db, room, after, maxBytes))
    },
    async rooms() {
      return fresh(db, () => readRooms(db))
    },
    close: () => db.close(),
  }
}

/** LMDB keeps the view it has until told otherwise; commits of other processes are not announced. */
function fresh<T>(db: Db, read: () => T): T {
  db.resetReadTxn()
  return read()
}
