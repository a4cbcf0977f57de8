/**
 * Branded names of things. All binary ids are 16 bytes and travel through the code as 32 lower-case hex digits: they are
 * map keys everywhere, and a string cannot be changed under a map.
 */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A room's name: see {@link isRoomName}. */
export type RoomName = Branded<string, 'RoomName'>
/** The public id of a producer: the first 128 bits of SHA-256 over its public key (P1). */
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

const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const VALUES: readonly (number | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const value = DIGITS.indexOf(code)
  return value < 0 ? undefined : value
})

/** The bytes from `from` to before `to`, some dozens at the most, as lower-case hex digits. */
export const toHex = (bytes: Uint8Array, from = 0, to: number = bytes.length): string => {
  const codes: number[] = []
  for (let at = from; at < to; at++) codes.push(DIGITS[bytes[at]! >> 4]!, DIGITS[bytes[at]! & 15]!)
  // In one piece: a text put together from pieces is put together anew wherever it is looked up.
  return String.fromCharCode(...codes)
}

/** The byte whose two digits stand at `at`; throws a RangeError where there are none (only our own bugs lead to that). */
export const byteOfHex = (hex: string, at: number): number => {
  const high = VALUES[hex.charCodeAt(at)]
  const low = VALUES[hex.charCodeAt(at + 1)]
  if (high === undefined || low === undefined) throw new RangeError(`not hex: ${hex}`)
  return (high << 4) | low
}

/** The bytes of hex digits; throws as {@link byteOfHex} does. */
export const fromHex = (hex: string): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(hex.length / 2))
  for (let at = 0; at < bytes.length; at++) bytes[at] = byteOfHex(hex, 2 * at)
  return bytes
}

/** A key of the outbox and of dedupe: the same key twice has the effect of once. */
export type EntryKey = { readonly author: Author; readonly seq: number }

/** One string for an {@link EntryKey}, for maps. */
export const keyOf = (author: Author, seq: number): string => `${author}/${seq}`
