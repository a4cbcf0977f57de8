import { createHash } from 'node:crypto'

/*
 * A second reader of the batch format, written from SPEC.md alone. It shares no code with protocol/: a witness that
 * uses the accused's words can only repeat them.
 */

export type ReadEntry = {
  readonly kind: 'update' | 'updateV2' | 'event' | 'turn' | 'void'
  readonly origin: { readonly author: string; readonly seq: number } | undefined
  readonly body: Uint8Array
}

export type ReadRecord = {
  readonly offset: number
  readonly author: string
  readonly user: string
  readonly seq: number
  readonly entryBytes: number
  readonly atMs: number
  /** The first 16 bytes of SHA-256 over the entry, as hex. */
  readonly hash: string
  readonly entry: ReadEntry
}

export type ReadBatch = {
  readonly first: number
  readonly last: number
  readonly epoch: string | undefined
  /** S18: it stands for several, and not every offset has a record in it. */
  readonly isCompacted: boolean
  /** S19: events of its reach that were too old to be kept, and the time of the newest of them. */
  readonly expired: { readonly count: number; readonly throughMs: number }
  readonly records: readonly ReadRecord[]
  /** The chain value that the batch claims, and the one that its bytes give after `chainBefore`. */
  readonly chain: string
  readonly expectedChain: string
}

/** What cannot be read, in a sentence. */
export class Unreadable extends Error {}

const KINDS = new Map<number, ReadEntry['kind']>([
  [0, 'update'],
  [1, 'updateV2'],
  [2, 'event'],
  [30, 'turn'],
  [31, 'void'],
])

const hash128 = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 32)
}

/** S6: the chain value of an empty log. */
export const firstChain = (room: string): string => hash128('holdfast/chain/', room)

/** A place in bytes that moves on with each thing read. */
class Place {
  at = 0
  readonly bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number, what: string): Buffer {
    if (length > this.left) throw new Unreadable(`the ${what} ends behind the bytes`)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  byte(what: string): number {
    return this.take(1, what)[0]!
  }

  /** Seven bits a byte, the lowest first, the eighth bit says that more follow; at most 8 bytes. */
  uint(what: string): number {
    let value = 0n
    for (let shift = 0n; shift < 56n; shift += 7n) {
      const byte = this.byte(what)
      value |= BigInt(byte & 127) << shift
      if (byte < 128) {
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) break
        return Number(value)
      }
    }
    throw new Unreadable(`the ${what} is too large a number`)
  }

  sized(what: string): Buffer {
    return this.take(this.uint(what), what)
  }

  text(what: string): string {
    return utf8(this.sized(what), what)
  }

  id(what: string): string {
    return this.take(16, what).toString('hex')
  }
}

const utf8 = (bytes: Uint8Array, what: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Unreadable(`the ${what} is not UTF-8`, { cause })
  }
}

const readEntry = (bytes: Buffer): ReadEntry => {
  const place = new Place(bytes)
  const head = place.byte('entry')
  const kind = KINDS.get(head & 31)
  if (kind === undefined || head >= 64) throw new Unreadable(`an entry begins with byte ${head}`)
  const origin =
    (head & 32) === 0 ? undefined : { author: place.id('origin'), seq: place.uint('origin’s seq') }
  return { kind, origin, body: place.take(place.left, 'body') }
}

type Kind = {
  readonly first: number
  readonly atMs: number
  readonly hasSeals: boolean
  readonly isCompacted: boolean
}

const readRecords = (place: Place, kind: Kind): ReadRecord[] => {
  const { hasSeals, isCompacted } = kind
  let { first: offset, atMs } = kind
  const authors: { author: string; user: string }[] = []
  for (let count = place.uint('number of authors'); count > 0; count--) {
    authors.push({ author: place.id('author'), user: place.text('user') })
  }
  const records: ReadRecord[] = []
  for (let count = place.uint('number of records'); count > 0; count--) {
    if (isCompacted) {
      offset += place.uint('distance from the record before')
      atMs = place.uint('time')
    }
    const writer = authors[place.uint('author’s index')]
    if (writer === undefined) throw new Unreadable('a record has no author')
    const seq = place.uint('seq')
    const bytes = place.sized('entry')
    if (hasSeals) place.sized('seal')
    const entry = readEntry(bytes)
    const hash = hash128(bytes)
    records.push({ offset, ...writer, seq, entryBytes: bytes.length, atMs, hash, entry })
    if (!isCompacted) offset++
  }
  if (records.length === 0 && !isCompacted) throw new Unreadable('the batch holds no record')
  return records
}

/** Reads one batch; throws {@link Unreadable}, and nothing else, where the bytes are none. */
export const readBatch = (bytes: Uint8Array, chainBefore: string): ReadBatch => {
  const place = new Place(bytes)
  const flags = place.byte('flags')
  if (flags > 7) throw new Unreadable(`the flags are ${flags}`)
  const isCompacted = (flags & 4) === 4
  const first = place.uint('first offset')
  const claimed = isCompacted ? place.uint('last offset') : undefined
  const expired = isCompacted
    ? { count: place.uint('number of expired events'), throughMs: place.uint('expired time') }
    : { count: 0, throughMs: 0 }
  const atMs = place.uint('time')
  const epoch = (flags & 1) === 1 ? place.id('epoch') : undefined
  const kind = { first, atMs, hasSeals: (flags & 2) === 2, isCompacted }
  const records = readRecords(place, kind)
  const covered = place.bytes.subarray(0, place.at)
  const chain = place.id('chain value')
  place.sized('code')
  if (place.left > 0) throw new Unreadable(`${place.left} bytes stand behind the batch`)
  const last = claimed ?? first + records.length - 1
  if (last < (records.at(-1)?.offset ?? first))
    throw new Unreadable('the batch ends before its records')
  if (expired.count > last - first + 1)
    throw new Unreadable('the batch lacks more events than it has offsets')
  // Of a compacted one the bytes that it follows from are gone.
  const expectedChain = isCompacted ? chain : hash128(Buffer.from(chainBefore, 'hex'), covered)
  return { first, last, epoch, isCompacted, expired, records, chain, expectedChain }
}

export type ReadEvent = { readonly name: string; readonly payload: unknown }

/** An event's name and payload; bytes come out as a Uint8Array. Throws {@link Unreadable}. */
export const readEvent = (body: Uint8Array): ReadEvent => {
  const place = new Place(body)
  const name = place.text('event’s name')
  const format = place.byte('event’s format')
  const data = place.take(place.left, 'event’s data')
  if (name === '' || format > 1) throw new Unreadable('an event has no name or an unknown format')
  if (format === 1) return { name, payload: new Uint8Array(data) }
  try {
    return { name, payload: JSON.parse(utf8(data, 'event’s data')) as unknown }
  } catch (cause) {
    throw new Unreadable('an event’s payload is not JSON', { cause })
  }
}

const REFUSALS = ['too-large', 'unknown-kind', 'malformed-entry', 'poisonous-update'] as const

/** S9: which entry a void record stands for and why that was refused. */
export const readVoid = (body: Uint8Array): { readonly hash: string; readonly code: string } => {
  const place = new Place(body)
  const hash = place.id('refused hash')
  const number = place.byte('refusal')
  const code = REFUSALS[number]
  if (code === undefined || place.left > 0) throw new Unreadable('a void record is malformed')
  return { hash, code }
}
