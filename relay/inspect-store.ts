import { crc32 } from 'node:zlib'
import { readBeside } from './stores/lmdb-beside.ts'
import { checkFile } from './stores/lmdb-ask.ts'
import { faultOfFreePages } from './stores/lmdb-free.ts'
import type { Db } from './stores/lmdb-read.ts'
import { StoreError } from './stores/store.ts'

/*
 * Rows as they lie in LMDB, read with no code of the store but that which opens the file:
 *
 *     01                      format          checksum:u32 · version:f64 · "holdfast-store"
 *     02                      writer          checksum:u32 · JSON
 *     10 room 00 head:f64     batch           checksum:u32 · before:f64 · term:f64 · bytes
 *     20 room                 checkpoint      checksum:u32 · through:f64 · bytes
 *     30 room                 tombstone       checksum:u32 · term:f64 · bytes
 *
 * All numbers are big-endian; the checksum is CRC-32 over the key and the value behind the checksum.
 */

/** Why nothing can be inspected: a sentence for the operator. */
export class InspectError extends Error {
  override readonly name = 'InspectError'
  readonly code: 'no-store' | 'unreadable-store' | 'newer-store' | 'no-room' | 'violated'

  constructor(code: InspectError['code'], sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
  }
}

export type StoredRow = {
  readonly kind: 'format' | 'writer' | 'batch' | 'checkpoint' | 'tombstone' | 'unknown'
  /** Empty where the row belongs to no room. */
  readonly room: string
  /** Of a batch: the offset of its last record, as the key says, and of the one before its first. */
  readonly head: number
  readonly before: number
  /** What is behind the numbers. */
  readonly bytes: Buffer
  /** What is wrong with the row itself; its bytes are not to be trusted then. */
  readonly fault: string | undefined
}

export type StoreWitness = {
  /** Rejects where all that was read until now is to be thrown away, see `readBeside`. */
  readonly checkSteady: () => Promise<void>
  /** Rows in the order of their keys, all as of one moment; of one room, its batches only. */
  readonly rows: (room?: string) => Iterable<StoredRow>
  /** The room's tombstone, where it was deleted. */
  readonly tombstone: (room: string) => StoredRow | undefined
  /** How many rows LMDB says there are: behind some damaged pages it ends a range as if there were nothing more. */
  readonly count: () => number
  /** What is wrong with the pages that LMDB calls free, as the end of a sentence. */
  readonly freeFault: () => string | undefined
}

const FORMAT_VERSION = 1
const BATCH = 0x10
const TOMBSTONE = 0x30
const HEADERS = new Map<number, { readonly kind: StoredRow['kind']; readonly numbers: number }>([
  [0x01, { kind: 'format', numbers: 1 }],
  [0x02, { kind: 'writer', numbers: 0 }],
  [BATCH, { kind: 'batch', numbers: 2 }],
  [0x20, { kind: 'checkpoint', numbers: 1 }],
  [TOMBSTONE, { kind: 'tombstone', numbers: 1 }],
])

/** Reads a store beside whoever writes to it. Rejects with an {@link InspectError}, and as `read` does. */
export const readStore = async <Result>(
  dataDir: string,
  read: (witness: StoreWitness) => Result | Promise<Result>,
): Promise<Result> => {
  let thrown: { readonly error: unknown } | undefined
  try {
    // LMDB ends the process that reads a page which a truncated file lacks.
    const isThere = await checkFile(dataDir)
    if (!isThere) throw noStore(dataDir)
    return await readBeside(dataDir, async (db, checkSteady) => {
      const format = db.getBinary(Buffer.from([0x01]))
      if (format === undefined) throw noStore(dataDir)
      checkFormat(dataDir, format)
      try {
        return await read({ checkSteady, ...witnessOf(dataDir, db) })
      } catch (error) {
        thrown = { error }
        throw error
      }
    })
  } catch (cause) {
    if (cause instanceof InspectError || cause === thrown?.error) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    const sentence =
      cause instanceof StoreError ? why : `The store in ${dataDir} cannot be read: ${why}.`
    throw new InspectError('unreadable-store', sentence, { cause })
  }
}

const noStore = (dataDir: string): InspectError =>
  new InspectError('no-store', `There is no store in ${dataDir}.`)

const witnessOf = (dataDir: string, db: Db): Omit<StoreWitness, 'checkSteady'> => ({
  *rows(room) {
    const range =
      room === undefined ? {} : { start: roomKey(room, 0), end: roomKey(room, Infinity) }
    const transaction = db.useReadTransaction()
    try {
      for (const { key, value } of db.getRange({ ...range, transaction })) yield readRow(key, value)
    } finally {
      transaction.done()
    }
  },
  tombstone(room) {
    const key = Buffer.concat([Buffer.from([TOMBSTONE]), Buffer.from(room)])
    const value = db.getBinary(key)
    return value === undefined ? undefined : readRow(key, value)
  },
  count: () => (db.getStats() as { readonly entryCount: number }).entryCount,
  freeFault: () => faultOfFreePages(dataDir, { isThorough: true }),
})

const checkFormat = (dataDir: string, value: Buffer): void => {
  const { fault, version } = readFormat(value)
  if (fault !== undefined) {
    throw new InspectError('unreadable-store', `The store in ${dataDir} cannot be read: ${fault}.`)
  }
  if (version !== FORMAT_VERSION) {
    const sentence = `The store in ${dataDir} has format ${version}; this inspect reads format ${FORMAT_VERSION}.`
    throw new InspectError('newer-store', sentence)
  }
}

const readFormat = (value: Buffer): { fault: string | undefined; version: number } => {
  const { fault } = readRow(Buffer.from([0x01]), value)
  return { fault, version: fault === undefined ? value.readDoubleBE(4) : 0 }
}

const roomKey = (room: string, head: number): Buffer => {
  const number = Buffer.alloc(8)
  number.writeDoubleBE(head)
  return Buffer.concat([Buffer.from([BATCH]), Buffer.from(room), Buffer.from([0]), number])
}

const readRow = (key: Buffer, value: Buffer): StoredRow => {
  const { kind, numbers } = HEADERS.get(key[0] ?? 0) ?? { kind: 'unknown', numbers: 0 }
  const isBatch = kind === 'batch'
  if (isBatch && (key.length < 11 || key[key.length - 9] !== 0)) {
    return { kind, room: '', head: 0, before: 0, bytes: value, fault: 'its key is malformed' }
  }
  const room = key.toString('utf8', 1, isBatch ? key.length - 9 : key.length)
  const head = isBatch ? key.readDoubleBE(key.length - 8) : 0
  const start = 4 + numbers * 8
  const fault = faultOf(kind, key, value, start)
  const before = isBatch && fault === undefined ? value.readDoubleBE(4) : 0
  return { kind, room, head, before, bytes: value.subarray(start), fault }
}

const faultOf = (kind: string, key: Buffer, value: Buffer, start: number): string | undefined => {
  if (kind === 'unknown') return `its key begins with ${key[0] ?? 'nothing'}`
  if (value.length < start) return 'it is too short'
  const checksum = crc32(value.subarray(4), crc32(key))
  return value.readUInt32BE(0) === checksum ? undefined : 'its checksum fails'
}
