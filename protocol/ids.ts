/**
 * Branded names of things. All binary ids are 16 bytes and travel through the code as 32 lower-case hex digits: they are
 * map keys everywhere, and a string cannot be changed under a map.
 */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A room's name: see {@link isRoomName}. */
export type RoomName = Branded<string, 'RoomName'>
/** The public id of a producer: the first 128 bits of SHA-256 over the public part of its proof. */
export type Author = Branded<string, 'Author'>
/** One incarnation of a room's log; offsets of different epochs never compare. */
export type Epoch = Branded<string, 'Epoch'>
/** The value of a room's hash chain after a batch. */
export type Chain = Branded<string, 'Chain'>
/** The first 128 bits of SHA-256 over an entry's exact bytes. */
export type EntryHash = Branded<string, 'EntryHash'>
/** Milliseconds of a monotonic clock that the caller owns; its zero means nothing. */
export type Millis = number

export const ID_BYTES: number = 16

const ROOM_NAME = /^[A-Za-z0-9_][A-Za-z0-9._~:@-]{0,127}$/

/** W5: a room's name is 1 to 128 characters of `A–Z a–z 0–9 . _ ~ : @ -` and begins with a letter, a digit or `_`. */
export const isRoomName = (name: string): name is RoomName => ROOM_NAME.test(name)

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** `bytes` as lower-case hex digits. */
export const toHex = (bytes: Uint8Array): string => {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]
  return hex
}

/** The bytes of an even number of hex digits; throws a RangeError on anything else (only our own bugs pass such). */
export const fromHex = (hex: string): Uint8Array => {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) throw new RangeError(`not hex: ${hex}`)
  const bytes = new Uint8Array(hex.length / 2)
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)
  }
  return bytes
}

/** A key of the outbox and of dedupe: the same key twice has the effect of once. */
export type EntryKey = { readonly author: Author; readonly seq: number }

/** One string for an {@link EntryKey}, for maps. */
export const keyOf = (author: Author, seq: number): string => `${author}/${seq}`
