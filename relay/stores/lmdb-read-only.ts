/** Reading a store that another process may be writing to. */
import { checkInteger, checkRoom } from './judge.ts'
import { checkFormat, unreadable } from './lmdb-file.ts'
import { readBeside } from './lmdb-beside.ts'
import { readBatches, readRoomState, readRooms } from './lmdb-read.ts'
import { checkFile } from './lmdb-ask.ts'
import type { StoreReader } from './store.ts'

/**
 * Never claims the store and never writes to it. Each reading shows what is on disk by then. Rejects with `unreadable-store` or
 * `newer-store`, and so do its readings, see `readBeside`; a store that was opened but never written has no rooms.
 */
export async function openLmdbReadOnly(dir: string): Promise<StoreReader> {
  if (!(await checkFile(dir))) throw unreadable(dir, 'there is none')
  await readBeside(dir, (db) => checkFormat(db, dir))
  return {
    async open(room) {
      checkRoom(room)
      return readBeside(dir, (db) => readRoomState(db, room))
    },
    async read(room, after, maxBytes) {
      checkRoom(room)
      checkInteger('after', after)
      return readBeside(dir, (db) => readBatches(db, room, after, maxBytes))
    },
    rooms: () => readBeside(dir, readRooms),
    close: async () => {},
  }
}
