import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { decodeEntry, decodeEvent } from '../protocol/index.ts'
import type { Author, LogRecord, Payload } from '../protocol/index.ts'

/** An event with its place in the log. */
export type LoggedEvent = {
  readonly offset: number
  readonly author: Author
  readonly seq: number
  readonly user: string
  readonly atMs: number
  readonly name: string
  readonly payload: Payload
}

/** The event in a record, or undefined if it is none; E6: under the key of its first minting. */
export const eventOf = (record: LogRecord): LoggedEvent | undefined => {
  if (record.entry.kind !== 'event') return undefined
  const body = decodeEvent(record.entry.body)
  if (body === undefined) return undefined
  const { offset, atMs, user } = record
  const { author, seq } = record.entry.origin ?? record
  return { offset, author, seq, user, atMs, name: body.name, payload: body.payload }
}

/** An event as a folded base keeps it: its place, and the entry's exact bytes. */
export const packEvent = (record: LogRecord): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, record.offset)
  encoding.writeVarString(encoder, record.author)
  encoding.writeVarUint(encoder, record.seq)
  encoding.writeVarString(encoder, record.user)
  encoding.writeVarUint(encoder, record.atMs)
  encoding.writeVarUint8Array(encoder, record.bytes)
  return encoding.toUint8Array(encoder)
}

/** What {@link packEvent} packed. Throws on anything else: only our own folder writes it. */
export const unpackEvent = (packed: Uint8Array): LoggedEvent | undefined => {
  const decoder = decoding.createDecoder(packed)
  const offset = decoding.readVarUint(decoder)
  const author = decoding.readVarString(decoder) as Author
  const seq = decoding.readVarUint(decoder)
  const user = decoding.readVarString(decoder)
  const atMs = decoding.readVarUint(decoder)
  const bytes = decoding.readVarUint8Array(decoder)
  const entry = decodeEntry(bytes)
  if (typeof entry === 'string') return undefined
  return eventOf({ offset, atMs, author, seq, user, entry, bytes, seal: undefined })
}
