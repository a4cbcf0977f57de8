import * as encoding from 'lib0/encoding'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { Malformed, Reader } from './reader.ts'
import { written } from './written.ts'

/** What an app may push: anything that JSON can hold, or bytes. */
export type Payload = Json | Uint8Array
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export type EventBody = { readonly name: string; readonly payload: Payload }

export const MAX_EVENT_NAME_BYTES: number = 128
const JSON_FORMAT = 0
const BYTES_FORMAT = 1

/**
 * E3: an event's name and payload as bytes. Throws a TypeError where the payload is not {@link Payload} or the name is
 * not 1 to 128 bytes long: both are programmers' mistakes.
 */
export const encodeEvent = ({ name, payload }: EventBody): Uint8Array => {
  const nameBytes = encodeUtf8(name)
  if (nameBytes.length === 0 || nameBytes.length > MAX_EVENT_NAME_BYTES) {
    throw new TypeError(`an event's name has 1 to ${MAX_EVENT_NAME_BYTES} bytes`)
  }
  if (decodeUtf8(nameBytes) !== name) throw new TypeError('an event’s name is well-formed text')
  const isBytes = payload instanceof Uint8Array
  const data = isBytes ? payload : encodeJson(payload)
  return written((encoder) => {
    encoding.writeVarUint8Array(encoder, nameBytes)
    encoding.writeUint8(encoder, isBytes ? BYTES_FORMAT : JSON_FORMAT)
    encoding.writeUint8Array(encoder, data)
  })
}

const encodeJson = (payload: Json): Uint8Array => {
  let json: string | undefined
  try {
    json = JSON.stringify(payload)
  } catch (cause) {
    throw new TypeError('an event’s payload must be JSON or bytes', { cause })
  }
  if (json === undefined) throw new TypeError('an event’s payload must be JSON or bytes')
  return encodeUtf8(json)
}

/** Total: an event, or undefined where the bytes are none. JSON keys such as `__proto__` stay plain own keys. */
export const decodeEvent = (body: Uint8Array): EventBody | undefined => {
  try {
    const reader = new Reader(body)
    const name = reader.string(MAX_EVENT_NAME_BYTES)
    const format = reader.uint8()
    const data = reader.raw(reader.remaining)
    if (name === '' || format > BYTES_FORMAT) return undefined
    if (format === BYTES_FORMAT) return { name, payload: data.slice() }
    return { name, payload: JSON.parse(decodeUtf8(data)) as Json }
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError || error instanceof TypeError) {
      return undefined
    }
    throw error
  }
}
