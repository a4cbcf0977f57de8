import type { Author, EntryKey, Epoch, RoomName } from '../../protocol/index.ts'
import { seqRuns } from './kept-room.ts'

/*
 * The layout of the one object store. In the order of IndexedDB an array stands behind every string and number, so `[]` is
 * the end of everything that begins alike.
 */

type KeptKey = (string | number)[]

const END: IDBValidKey = []

const beginningWith = (prefix: KeptKey): IDBKeyRange => IDBKeyRange.bound(prefix, [...prefix, END])

export const rowKey = (room: RoomName, author: Author, seq: number): KeptKey => [
  'row',
  room,
  author,
  seq,
]

/** What deletes these rows and no other: those of one author that follow one another go by one range, for each request costs the page's thread some 50 µs. */
export const rangesOfRows = (
  room: RoomName,
  keys: readonly EntryKey[],
): readonly (KeptKey | IDBKeyRange)[] =>
  seqRuns(keys).map(({ author, from, through }) =>
    from === through
      ? rowKey(room, author, from)
      : IDBKeyRange.bound(rowKey(room, author, from), rowKey(room, author, through)),
  )

export const rejectedKey = (room: RoomName, author: Author, seq: number): KeptKey => [
  'rejected',
  room,
  author,
  seq,
]

export const batchKey = (room: RoomName, epoch: Epoch, last: number): KeptKey => [
  'batch',
  room,
  epoch,
  last,
]

export const baseKey = (room: RoomName): KeptKey => ['base', room]

/** K9 */
export const receiptKeyKey = (room: RoomName): KeptKey => ['receipt-key', room]

export const PROFILE_KEY: KeptKey = ['profile']

export const rowsOf = (room: RoomName): IDBKeyRange => beginningWith(['row', room])

export const rejectedOf = (room: RoomName): IDBKeyRange => beginningWith(['rejected', room])

export const batchesOf = (room: RoomName): IDBKeyRange => beginningWith(['batch', room])

/** The batches of `epoch` that end behind `offset`. */
export const batchesBehind = (room: RoomName, epoch: Epoch, offset: number): IDBKeyRange =>
  IDBKeyRange.bound(['batch', room, epoch, offset], ['batch', room, epoch, END], true)

/** All batches of a room but {@link batchesBehind}: those a base covers, and those of other epochs. */
export const batchesNeededNoMore = (
  room: RoomName,
  epoch: Epoch,
  offset: number,
): readonly IDBKeyRange[] => [
  IDBKeyRange.bound(['batch', room], ['batch', room, epoch, offset]),
  IDBKeyRange.bound(['batch', room, epoch, END], ['batch', room, END]),
]

/** Every row of every room. */
export const allRows = (): IDBKeyRange => beginningWith(['row'])

/** Where the next room's rows begin, if there are any. */
export const behindRowsOf = (room: IDBValidKey): IDBValidKey => ['row', room, END]
