import * as encoding from 'lib0/encoding'
import { ENTRY_KINDS, NONE_EXPIRED, REJECT_CODES } from './batch.ts'
import type { Batch, Entry, EntryKind, ExpiredEvents, LogRecord, VoidBody } from './batch.ts'
import { concat, hashEntry, nextChain } from './hash.ts'
import { ID_BYTES, fromHex } from './ids.ts'
import type { Author, Chain, EntryHash, Epoch } from './ids.ts'
import { MAX_USER_BYTES } from './limits.ts'
import { assert } from './machine.ts'
import { Malformed, Reader } from './reader.ts'
import { writeHex, written } from './written.ts'

const KIND_MASK = 0b0001_1111
const HAS_ORIGIN = 0b0010_0000
/** What an entry's origin adds to its bytes at the most: an author and a seq. */
export const MAX_ORIGIN_BYTES: number = ID_BYTES + 8
/** The smallest batch is a compacted one without a record: flags, five numbers, epoch, no author, no record, chain value, empty code. */
export const MIN_BATCH_BYTES: number = 6 + ID_BYTES + 1 + 1 + ID_BYTES + 1
const FIRST_OF_EPOCH = 0b0000_0001
const HAS_SEALS = 0b0000_0010
const IS_COMPACTED = 0b0000_0100
const MAX_CODE_BYTES = 64

const KIND_NAMES = new Map(
  (Object.keys(ENTRY_KINDS) as EntryKind[]).map((name) => [ENTRY_KINDS[name] as number, name]),
)

/** E1: an entry's exact bytes: head, origin if it has one, body. */
export const encodeEntry = ({ kind, origin, body }: Entry): Uint8Array =>
  written((encoder) => {
    encoding.writeUint8(encoder, ENTRY_KINDS[kind] | (origin === undefined ? 0 : HAS_ORIGIN))
    if (origin !== undefined) {
      writeHex(encoder, origin.author)
      encoding.writeVarUint(encoder, origin.seq)
    }
    encoding.writeUint8Array(encoder, body)
  })

/** Why bytes are no entry. */
export type EntryFailure = 'unknown-kind' | 'malformed-entry'

/** Total: an entry whose body is a view on `bytes`, or why it is none. */
export const decodeEntry = (bytes: Uint8Array): Entry | EntryFailure => {
  const head = bytes[0]
  if (head === undefined) return 'malformed-entry'
  const kind = KIND_NAMES.get(head & KIND_MASK)
  if (kind === undefined || (head & ~(KIND_MASK | HAS_ORIGIN)) !== 0) return 'unknown-kind'
  if ((head & HAS_ORIGIN) === 0) return { kind, origin: undefined, body: bytes.subarray(1) }
  try {
    const reader = new Reader(bytes.subarray(1))
    const origin = { author: reader.id() as Author, seq: reader.uint() }
    return { kind, origin, body: reader.raw(reader.remaining) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return 'malformed-entry'
  }
}

/** Whether these bytes of an entry are a document's update. */
export const isUpdate = (bytes: Uint8Array): boolean =>
  (bytes[0]! & KIND_MASK) === ENTRY_KINDS.update

/** The bytes of the entry with which a new epoch begins. */
export const encodeTurn = (): Uint8Array =>
  encodeEntry({ kind: 'turn', origin: undefined, body: new Uint8Array() })

/** S9: the bytes of the void entry that stands for a refused one. */
export const encodeVoid = ({ hash, code }: VoidBody): Uint8Array => {
  const body = concat([fromHex(hash), new Uint8Array([REJECT_CODES.indexOf(code)])])
  return encodeEntry({ kind: 'void', origin: undefined, body })
}

/** What a void entry says, or undefined if its body is none of ours. */
export const decodeVoid = (body: Uint8Array): VoidBody | undefined => {
  if (body.length !== ID_BYTES + 1) return undefined
  const reader = new Reader(body)
  const hash = reader.id() as EntryHash
  const code = REJECT_CODES[reader.uint8()]
  return code === undefined ? undefined : { hash, code }
}

/** The hash by which a record is compared with an entry that comes again: a void record has its entry's. */
export const recordHash = (record: LogRecord): EntryHash => {
  const refused = record.entry.kind === 'void' ? decodeVoid(record.entry.body) : undefined
  return refused?.hash ?? hashEntry(record.bytes)
}

/** What a batch is made of before it has its chain value. */
export type BatchParts = {
  readonly first: number
  readonly atMs: number
  readonly epoch: Epoch | undefined
  readonly records: readonly {
    readonly author: Author
    readonly user: string
    readonly seq: number
    readonly bytes: Uint8Array
    readonly seal: Uint8Array | undefined
  }[]
}

const writeAuthors = (
  encoder: encoding.Encoder,
  records: BatchParts['records'],
): Map<Author, number> => {
  const users = new Map(records.map(({ author, user }) => [author, user]))
  const indexes = new Map<Author, number>()
  encoding.writeVarUint(encoder, users.size)
  for (const [author, user] of users) {
    indexes.set(author, indexes.size)
    writeHex(encoder, author)
    encoding.writeVarString(encoder, user)
  }
  return indexes
}

/** S14: the code of the batch that ends at an offset with a chain value, under an epoch. At most 64 bytes. */
export type CodeOf = (epoch: Epoch, offset: number, chain: Chain) => Uint8Array

/** S6: a batch's bytes and the chain value after it. */
export const encodeBatch = (
  parts: BatchParts,
  chainBefore: Chain,
  codeOf: (last: number, chainAfter: Chain) => Uint8Array = () => new Uint8Array(),
): { readonly bytes: Uint8Array; readonly chainAfter: Chain } => {
  const hasSeals = parts.records.some(({ seal }) => seal !== undefined)
  const flags = (parts.epoch === undefined ? 0 : FIRST_OF_EPOCH) | (hasSeals ? HAS_SEALS : 0)
  const covered = written((encoder) => {
    encoding.writeUint8(encoder, flags)
    encoding.writeVarUint(encoder, parts.first)
    encoding.writeVarUint(encoder, parts.atMs)
    if (parts.epoch !== undefined) writeHex(encoder, parts.epoch)
    const indexes = writeAuthors(encoder, parts.records)
    encoding.writeVarUint(encoder, parts.records.length)
    for (const { author, seq, bytes, seal } of parts.records) {
      encoding.writeVarUint(encoder, indexes.get(author)!)
      encoding.writeVarUint(encoder, seq)
      encoding.writeVarUint8Array(encoder, bytes)
      if (hasSeals) encoding.writeVarUint8Array(encoder, seal ?? new Uint8Array())
    }
  })
  const chainAfter = nextChain(fromHex(chainBefore), covered)
  const code = codeOf(parts.first + parts.records.length - 1, chainAfter)
  assert(code.length <= MAX_CODE_BYTES, 'a code is not longer than a reader takes')
  const tail = [fromHex(chainAfter), new Uint8Array([code.length]), code]
  return { bytes: concat([covered, ...tail]), chainAfter }
}

type Head = {
  readonly authors: readonly { readonly author: Author; readonly user: string }[]
  readonly hasSeals: boolean
  readonly isCompacted: boolean
  readonly atMs: number
}

/** S18: what a compacted batch is made of: its records in the order of their offsets, and what the log was at its end. */
export type CompactedParts = {
  readonly first: number
  readonly last: number
  /** The epoch that `last` was written under. */
  readonly epoch: Epoch
  readonly chainAfter: Chain
  readonly code: Uint8Array
  /** S19: events between `first` and `last` that are not among the records. */
  readonly expired: ExpiredEvents
  readonly records: readonly (BatchParts['records'][number] & Pick<LogRecord, 'offset' | 'atMs'>)[]
}

/** S18 */
export const encodeCompacted = (parts: CompactedParts): Uint8Array => {
  const { first, last, epoch, chainAfter, code, expired, records } = parts
  return written((encoder) => {
    encoding.writeUint8(encoder, FIRST_OF_EPOCH | HAS_SEALS | IS_COMPACTED)
    encoding.writeVarUint(encoder, first)
    encoding.writeVarUint(encoder, last)
    encoding.writeVarUint(encoder, expired.count)
    encoding.writeVarUint(encoder, expired.throughMs)
    encoding.writeVarUint(encoder, records.at(-1)?.atMs ?? 0)
    writeHex(encoder, epoch)
    const indexes = writeAuthors(encoder, records)
    encoding.writeVarUint(encoder, records.length)
    let before = first
    for (const { offset, atMs, author, seq, bytes, seal } of records) {
      encoding.writeVarUint(encoder, offset - before)
      encoding.writeVarUint(encoder, atMs)
      encoding.writeVarUint(encoder, indexes.get(author)!)
      encoding.writeVarUint(encoder, seq)
      encoding.writeVarUint8Array(encoder, bytes)
      encoding.writeVarUint8Array(encoder, seal ?? new Uint8Array())
      before = offset
    }
    encoding.writeUint8Array(encoder, fromHex(chainAfter))
    encoding.writeVarUint8Array(encoder, code)
  })
}

const readRecord = (
  reader: Reader,
  next: number,
  { authors, hasSeals, isCompacted, atMs }: Head,
): LogRecord => {
  // Of a compacted batch: how far it is from the record before it, and when it came. The document's update stands beside an event.
  const offset = isCompacted ? next + reader.uint() : next
  const cameAtMs = isCompacted ? reader.uint() : atMs
  if (!Number.isSafeInteger(offset)) throw new Malformed('an offset is too large')
  const writer = authors[reader.uint()]
  if (writer === undefined) throw new Malformed('a record names no author')
  const seq = reader.uint()
  if (seq === 0) throw new Malformed('a seq begins at 1')
  const bytes = reader.bytes()
  const entry = decodeEntry(bytes)
  if (typeof entry === 'string') throw new Malformed(`a record is no entry: ${entry}`)
  const seal = hasSeals ? reader.bytes(256) : undefined
  const shownSeal = seal?.length === 0 ? undefined : seal
  return { offset, atMs: cameAtMs, ...writer, seq, entry, bytes, seal: shownSeal }
}

/** What stands before a batch's authors. */
const readBegin = (reader: Reader) => {
  const flags = reader.uint8()
  const known = FIRST_OF_EPOCH | HAS_SEALS | IS_COMPACTED
  if ((flags & ~known) !== 0) throw new Malformed('a flag is not known')
  const isCompacted = (flags & IS_COMPACTED) !== 0
  const first = reader.uint()
  const claimed = isCompacted ? reader.uint() : undefined
  const expired = isCompacted ? { count: reader.uint(), throughMs: reader.uint() } : NONE_EXPIRED
  const atMs = reader.uint()
  const epoch = (flags & FIRST_OF_EPOCH) === 0 ? undefined : (reader.id() as Epoch)
  const hasSeals = (flags & HAS_SEALS) !== 0
  return { first, claimed, expired, atMs, epoch, isCompacted, hasSeals }
}

const readBatch = (bytes: Uint8Array): Batch => {
  const reader = new Reader(bytes)
  const { claimed, hasSeals, ...begin } = readBegin(reader)
  const { first, atMs, isCompacted, expired } = begin
  const authors = reader.list(ID_BYTES + 1, () => ({
    author: reader.id() as Author,
    user: reader.string(MAX_USER_BYTES),
  }))
  const head = { authors, hasSeals, isCompacted, atMs }
  let next = first
  const records = reader.list(4, () => {
    const record = readRecord(reader, next, head)
    next = isCompacted ? record.offset : record.offset + 1
    return record
  })
  const last = claimed ?? next - 1
  if (first === 0 || last < first || last < (records.at(-1)?.offset ?? 0))
    throw new Malformed('a batch begins at 1 and is not empty')
  if (expired.count > last - first + 1) throw new Malformed('more events expired than there were')
  const coveredBytes = reader.at
  const chainAfter = reader.id() as Chain
  const code = reader.bytes(MAX_CODE_BYTES)
  reader.end()
  return { ...begin, last, records, chainAfter, code, coveredBytes }
}

/** What a batch says of itself before its records, without reading those; undefined where even this cannot be read. */
export const headOfBatch = (
  bytes: Uint8Array,
): Pick<Batch, 'first' | 'isCompacted' | 'epoch'> | undefined => {
  try {
    const { first, isCompacted, epoch } = readBegin(new Reader(bytes))
    return { first, isCompacted, epoch }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return undefined
  }
}

/** Total: a batch whose byte fields are views on `bytes`, or a sentence that says why it is none. */
export const decodeBatch = (bytes: Uint8Array): Batch | string => {
  try {
    return readBatch(bytes)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return error.message
  }
}

/** S6: whether a batch follows `chainBefore` with not one bit changed; of a compacted one nobody can tell. */
export const isChained = (batch: Batch, bytes: Uint8Array, chainBefore: Chain): boolean =>
  nextChain(fromHex(chainBefore), bytes.subarray(0, batch.coveredBytes)) === batch.chainAfter
