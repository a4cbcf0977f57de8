/** What every store asks of its arguments, and how it decides on an append. Nothing here is stored. */
import { StoreError } from './store.ts'
import type { Append, AppendResult, Deletion, StoredBatch } from './store.ts'

export const MAX_ROOM_BYTES = 512

export type RoomHead = { readonly head: number; readonly term: number }

export const EMPTY_ROOM: RoomHead = { head: 0, term: 0 }

const TAKEN: AppendResult = { ok: true }

/** A refused append says what the room has instead. The term comes first: a fenced owner must learn it. */
export function judge(asked: { expectHead: number; term: number }, room: RoomHead): AppendResult {
  const { head, term } = room
  if (asked.term < term) return { ok: false, code: 'stale-term', head, term }
  if (asked.expectHead !== head) return { ok: false, code: 'wrong-head', head, term }
  return TAKEN
}

/** The rule for rooms' names is the protocol's; a store only keeps its keys apart. */
export function checkRoom(room: string): void {
  const size = Buffer.byteLength(room)
  if (
    size < 1 ||
    size > MAX_ROOM_BYTES ||
    room.includes('\0') ||
    Buffer.from(room).toString() !== room
  ) {
    throw new StoreError(
      'bad-argument',
      `A room's name has 1 to ${MAX_ROOM_BYTES} bytes of UTF-8 and no NUL; this one has ${size}.`,
    )
  }
}

export function checkAppend({ room, expectHead, head, term }: Append): void {
  checkRoom(room)
  checkInteger('expectHead', expectHead)
  checkInteger('head', head)
  checkInteger('term', term)
  if (head <= expectHead) {
    throw new StoreError(
      'bad-argument',
      `A batch has at least one record: head ${head} is not above ${expectHead}.`,
    )
  }
}

export function checkDeletion(room: string, { expectHead, term }: Deletion): void {
  checkRoom(room)
  checkInteger('expectHead', expectHead)
  checkInteger('term', term)
}

/** A checkpoint past the durable head would vouch for records that a crash can take back. */
export function checkCheckpoint(
  room: string,
  through: number,
  bounds: { before: number; head: number },
): void {
  if (through >= bounds.before && through <= bounds.head) return
  throw new StoreError(
    'wrong-checkpoint',
    `A checkpoint of ${JSON.stringify(room)} through ${through} is not between the stored one (${bounds.before}) and the head (${bounds.head}).`,
  )
}

/** `ends`: of the batches that are stored, whether one ends there. */
export function checkCompaction(
  room: string,
  after: number,
  batches: readonly StoredBatch[],
  stored: { readonly checkpointed: number; readonly endsAt: (offset: number) => boolean },
): void {
  const heads = batches.map(({ head }) => head)
  const last = heads.at(-1) ?? 0
  const isRising = heads.every((head, at) => head > (heads[at - 1] ?? after))
  const isBetweenEnds = (after === 0 || stored.endsAt(after)) && stored.endsAt(last)
  if (last > 0 && isRising && isBetweenEnds && last <= stored.checkpointed) return
  throw new StoreError(
    'wrong-compaction',
    `Batches of ${JSON.stringify(room)} that end at ${heads.join(', ')} cannot stand for those behind ${after}: they are no whole batches before the checkpoint at ${stored.checkpointed}.`,
  )
}

export function checkInteger(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new StoreError('bad-argument', `${name} must be a whole number from 0, not ${value}.`)
}
