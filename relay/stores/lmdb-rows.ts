/**
 * How rows look on disk. Every key begins with one byte that says what it is:
 *
 *     0x01                                   the format:     version, name
 *     0x02                                   the writer:     JSON (LMDB's version = the writer's number)
 *     0x10 room 0x00 head:f64                a batch:        before:f64 term:f64 bytes
 *     0x20 room                              a checkpoint:   through:f64 bytes
 *     0x30 room                              a tombstone:    term:f64 bytes
 *
 * f64 is a big-endian double: those of numbers from 0 sort as their bytes do and hold every safe
 * integer. No room's name holds 0x00, so one name being the prefix of another keeps them apart.
 *
 * Every value begins with a CRC-32 over its key and the rest of the value, because LMDB has none for
 * its pages: a flipped bit is found, and so is a value under another's key. CRC-32 rather than
 * CRC-32C because Node has it built in (zlib, from 20.15), as fast as memory can be read.
 */
import { crc32 } from 'node:zlib'
import { StoreError } from './store.ts'
import type { Append, Checkpoint } from './store.ts'

export const FORMAT_VERSION = 1
export const FORMAT_KEY: Buffer = Buffer.from([0x01])
export const WRITER_KEY: Buffer = Buffer.from([0x02])

const BATCH = 0x10
const CHECKPOINT = 0x20
const TOMBSTONE = 0x30
const CRC_BYTES = 4
const NUMBER_BYTES = 8
const FORMAT_NAME = 'holdfast-store'

export type Row = { readonly key: Buffer; readonly value: Buffer }
export type BatchRow = { head: number; before: number; term: number; bytes: Uint8Array }

export function formatRow(version: number = FORMAT_VERSION): Row {
  return sealed(FORMAT_KEY, [version], Buffer.from(FORMAT_NAME))
}

export function readFormat(value: Buffer): number {
  const { numbers, bytes } = unsealed(FORMAT_KEY, value, 1)
  if (Buffer.from(bytes).toString() !== FORMAT_NAME) throw damaged(FORMAT_KEY)
  return numbers[0]
}

export function writerRow(text: string): Row {
  return sealed(WRITER_KEY, [], Buffer.from(text))
}

export function readWriter(value: Buffer): string {
  return Buffer.from(unsealed(WRITER_KEY, value, 0).bytes).toString()
}

export function batchKey(room: string, head: number): Buffer {
  const name = Buffer.from(room)
  const key = Buffer.alloc(1 + name.length + 1 + NUMBER_BYTES)
  key[0] = BATCH
  name.copy(key, 1)
  key.writeDoubleBE(head, 1 + name.length + 1)
  return key
}

export function batchRow({ room, expectHead, head, term, bytes }: Append): Row {
  return sealed(batchKey(room, head), [expectHead, term], bytes)
}

export function readBatch(key: Buffer, value: Buffer): BatchRow {
  const { numbers, bytes } = unsealed(key, value, 2)
  const head = headOfBatchKey(key)
  return { head, before: numbers[0], term: numbers[1], bytes }
}

/** Keys of batches, all rooms: from the first (inclusive) to the second (exclusive). */
export const BATCH_KEYS: readonly [Buffer, Buffer] = [
  Buffer.from([BATCH]),
  Buffer.from([BATCH + 1]),
]

export function roomOfBatchKey(key: Buffer): string {
  return key.toString('utf8', 1, key.length - 1 - NUMBER_BYTES)
}

export type RowKind = 'format' | 'writer' | 'batch' | 'checkpoint' | 'tombstone'

const KINDS: ReadonlyMap<number | undefined, RowKind> = new Map([
  [FORMAT_KEY[0], 'format'],
  [WRITER_KEY[0], 'writer'],
  [BATCH, 'batch'],
  [CHECKPOINT, 'checkpoint'],
  [TOMBSTONE, 'tombstone'],
])

export function kindOf(key: Buffer): RowKind | undefined {
  return KINDS.get(key[0])
}

/** The room whose row it is; empty for rows of no room. */
export function roomOf(key: Buffer): string {
  return key[0] === BATCH ? roomOfBatchKey(key) : key.toString('utf8', 1)
}

/** The offset at which a batch ends, as its key says. */
export function headOfBatchKey(key: Buffer): number {
  return key.readDoubleBE(key.length - NUMBER_BYTES)
}

/** Keys of tombstones, all rooms: from the first (inclusive) to the second (exclusive). */
export const TOMBSTONE_KEYS: readonly [Buffer, Buffer] = [
  Buffer.from([TOMBSTONE]),
  Buffer.from([TOMBSTONE + 1]),
]

/** The smallest key that is above every batch of this room and not above any of the next one. */
export function keyBehindRoom(room: string): Buffer {
  return Buffer.concat([Buffer.from([BATCH]), Buffer.from(room), Buffer.from([0x01])])
}

export function checkpointKey(room: string): Buffer {
  return Buffer.concat([Buffer.from([CHECKPOINT]), Buffer.from(room)])
}

export function checkpointRow(room: string, { through, bytes }: Checkpoint): Row {
  return sealed(checkpointKey(room), [through], bytes)
}

export function readCheckpoint(key: Buffer, value: Buffer): Checkpoint {
  const { numbers, bytes } = unsealed(key, value, 1)
  return { through: numbers[0], bytes }
}

export function tombstoneKey(room: string): Buffer {
  return Buffer.concat([Buffer.from([TOMBSTONE]), Buffer.from(room)])
}

export function tombstoneRow(room: string, term: number, bytes: Uint8Array): Row {
  return sealed(tombstoneKey(room), [term], bytes)
}

export function readTombstone(key: Buffer, value: Buffer): { term: number; bytes: Uint8Array } {
  const { numbers, bytes } = unsealed(key, value, 1)
  return { term: numbers[0], bytes }
}

function sealed(key: Buffer, numbers: readonly number[], bytes: Uint8Array): Row {
  const value = Buffer.allocUnsafe(CRC_BYTES + numbers.length * NUMBER_BYTES + bytes.length)
  let at = CRC_BYTES
  for (const number of numbers) at = value.writeDoubleBE(number, at)
  value.set(bytes, at)
  value.writeUInt32BE(checksum(key, value), 0)
  return { key, value }
}

type Numbers<Count extends number> = Count extends 2
  ? [number, number]
  : Count extends 1
    ? [number]
    : []

function unsealed<Count extends 0 | 1 | 2>(
  key: Buffer,
  value: Buffer,
  count: Count,
): { numbers: Numbers<Count>; bytes: Uint8Array } {
  const headerBytes = CRC_BYTES + count * NUMBER_BYTES
  if (value.length < headerBytes || value.readUInt32BE(0) !== checksum(key, value)) {
    throw damaged(key)
  }
  const numbers = Array.from({ length: count }, (_, i) =>
    value.readDoubleBE(CRC_BYTES + i * NUMBER_BYTES),
  ) as Numbers<Count>
  return {
    numbers,
    bytes: new Uint8Array(value.buffer, value.byteOffset + headerBytes, value.length - headerBytes),
  }
}

/** Whether it is one of our rows, and as it was stored. */
export function isSealed(key: Buffer, value: Buffer): boolean {
  if (kindOf(key) === undefined || value.length < CRC_BYTES) return false
  return value.readUInt32BE(0) === checksum(key, value)
}

function checksum(key: Buffer, value: Buffer): number {
  return crc32(value.subarray(CRC_BYTES), crc32(key))
}

function damaged(key: Buffer): StoreError {
  return new StoreError(
    'damaged-value',
    `The stored ${nameOf(key)} is damaged: its checksum fails.`,
  )
}

function nameOf(key: Buffer): string {
  const room = JSON.stringify(key.toString('utf8', 1))
  switch (key[0]) {
    case BATCH:
      return `batch of room ${JSON.stringify(roomOfBatchKey(key))} that ends at ${headOfBatchKey(key)}`
    case CHECKPOINT:
      return `checkpoint of room ${room}`
    case TOMBSTONE:
      return `tombstone of room ${room}`
    default:
      return `row ${key.toString('hex')}`
  }
}
