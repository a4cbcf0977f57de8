import {
  decodeBatch,
  decodeEvent,
  decodeMarks,
  decodeVoid,
  hashEntry,
  headOfBatch,
} from '../protocol/index.ts'
import type { Batch, LogRecord, RoomName } from '../protocol/index.ts'
import { RoomDeleted } from './room-load.ts'
import { StoreError } from './stores/store.ts'
import type { Checkpoint, Store } from './stores/store.ts'

/** A record as a page may read it over HTTP; the words of `holdfast inspect`. */
export type LoggedRecord = {
  readonly offset: number
  readonly author: string
  readonly user: string
  readonly seq: number
  readonly kind: 'update' | 'updateV2' | 'event' | 'turn' | 'void'
  /** The length of the entry. */
  readonly bytes: number
  readonly hash: string
  readonly atMs: number
  readonly origin?: { readonly author: string; readonly seq: number }
  readonly name?: string
  readonly payload?: unknown
  readonly payloadBase64?: string
  readonly updateBase64?: string
  readonly refused?: string
}

export type RoomLogPart = {
  readonly room: string
  /** The newest offset on the disk; 0 for a room that nobody wrote in. */
  readonly head: number
  /** The one in force at the head. */
  readonly epoch: string | undefined
  /** How far this part goes: ask again behind it until it is the head. */
  readonly through: number
  readonly records: readonly LoggedRecord[]
}

/** Of batches, in one answer; a single one may be larger. */
const MAX_PART_BYTES = 256 * 1024
/** As JSON a short record is forty times what it is in a batch. */
const MAX_PART_RECORDS = 2000

/**
 * A2: a part of a room's log, from the disk and nowhere else: what is not synced is not in it. Rejects with a `StoreError` where it
 * cannot be read, never with less than there is, and with {@link RoomDeleted}.
 */
export const readRoomLog = async (
  store: Pick<Store, 'open' | 'read'>,
  room: RoomName,
  after: number,
  hasPayload: boolean,
): Promise<RoomLogPart> => {
  const { head, checkpoint, deleted } = await store.open(room)
  if (head === 0 && deleted !== undefined) throw new RoomDeleted(`the room ${room} was deleted`)
  if (head === 0) return { room, head, epoch: undefined, through: 0, records: [] }
  const epoch = await epochInForce(store, room, head, checkpoint)
  const stored = await store.read(room, after, MAX_PART_BYTES)
  const inPart = stored
    .map(({ bytes }) => decoded(room, bytes))
    .flatMap((batch) => batch.records)
    .filter(({ offset }) => offset > after)
  const records = inPart.slice(0, MAX_PART_RECORDS).map((record) => logged(record, hasPayload))
  if (stored.length === 0 && after < head) throw hole(room, after)
  // S18: a compacted batch may end behind its last record.
  const isWhole = records.length === inPart.length
  const through = (isWhole ? stored.at(-1)?.head : records.at(-1)?.offset) ?? head
  // A batch that became durable meanwhile is in the log, whatever the head was a moment ago.
  return { room, head: Math.max(head, stored.at(-1)?.head ?? 0), epoch, through, records }
}

/** S15: that of the latest turn. A checkpoint knows of those before it; behind it each stands in its batch. */
const epochInForce = async (
  store: Pick<Store, 'read'>,
  room: RoomName,
  head: number,
  checkpoint: Checkpoint | undefined,
): Promise<string | undefined> => {
  const state = checkpoint && decodeMarks(checkpoint.bytes)
  const known = typeof state === 'string' ? undefined : state
  let [at, epoch] = [known?.head ?? 0, known?.epoch]
  while (at < head) {
    const stored = await store.read(room, at, MAX_PART_BYTES)
    const end = stored.at(-1)?.head
    if (end === undefined) throw hole(room, at)
    for (const { bytes } of stored) epoch = headOfBatch(bytes)?.epoch ?? epoch
    at = end
  }
  return epoch
}

const hole = (room: string, after: number): StoreError =>
  new StoreError('hole', `Nothing is stored behind ${after} in the room ${room}.`)

const decoded = (room: string, bytes: Uint8Array): Batch => {
  const batch = decodeBatch(bytes)
  if (typeof batch !== 'string') return batch
  throw new StoreError('damaged-value', `A batch of the room ${room} cannot be read: ${batch}.`)
}

const logged = (record: LogRecord, hasPayload: boolean): LoggedRecord => {
  const { offset, atMs, author, user, seq, entry, bytes } = record
  const { kind, origin } = entry
  const hash = hashEntry(bytes)
  const shown = { offset, author, user, seq, kind, bytes: bytes.length, hash, atMs }
  return { ...shown, ...(origin !== undefined && { origin }), ...insideOf(record, hasPayload) }
}

const insideOf = ({ entry }: LogRecord, hasPayload: boolean): Partial<LoggedRecord> => {
  switch (entry.kind) {
    case 'update':
    case 'updateV2':
      return hasPayload ? { updateBase64: base64(entry.body) } : {}
    case 'event': {
      const event = decodeEvent(entry.body)
      if (event === undefined) return {}
      const { name, payload } = event
      if (!hasPayload) return { name }
      const isBytes = payload instanceof Uint8Array
      return isBytes ? { name, payloadBase64: base64(payload) } : { name, payload }
    }
    case 'turn':
      return {}
    case 'void': {
      const refused = decodeVoid(entry.body)
      return refused === undefined ? {} : { hash: refused.hash, refused: refused.code }
    }
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
