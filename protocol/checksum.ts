/*
 * CRC-32C (Castagnoli) as in RFC 3720, appendix B.4: reflected, polynomial 1EDC6F41, initial and final value FFFFFFFF. It
 * finds every burst of up to 32 bits, so every single byte that is another one.
 */

const REFLECTED_POLYNOMIAL = 0x82f63b78

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ REFLECTED_POLYNOMIAL : value >>> 1
  }
  return value
})

/*
 * "Slicing" (Kounavis and Berry, Intel, 2005): of each table the values are those of the one before it with one more byte of 0
 * behind, so that four bytes at once take four look-ups that do not wait for one another.
 */
const next = (table: Uint32Array): Uint32Array =>
  table.map((value) => TABLE[value & 0xff]! ^ (value >>> 8))
const TABLE_2 = next(TABLE)
const TABLE_3 = next(TABLE_2)
const TABLE_4 = next(TABLE_3)

export const CHECKSUM_BYTES = 4

/** CRC-32C of the first `length` bytes, from 0 to 2^32 - 1. */
export const checksumOf = (bytes: Uint8Array, length: number): number => {
  let value = 0xffffffff
  let at = 0
  for (; at + 4 <= length; at += 4) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    value =
      TABLE_4[value & 0xff]! ^
      TABLE_3[(value >>> 8) & 0xff]! ^
      TABLE_2[(value >>> 16) & 0xff]! ^
      TABLE[value >>> 24]!
  }
  for (; at < length; at++) value = TABLE[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8)
  return ~value >>> 0
}

/** Makes the last four bytes the checksum of those before them. */
export const seal = (bytes: Uint8Array): void => {
  const length = bytes.length - CHECKSUM_BYTES
  const sum = checksumOf(bytes, length)
  for (let at = 0; at < CHECKSUM_BYTES; at++) bytes[length + at] = sum >>> (24 - 8 * at)
}

/** Whether the last four bytes are the checksum of those before them. */
export const isSealed = (bytes: Uint8Array): boolean => {
  // Below 0 for fewer bytes than a checksum has: then the first of the four is none.
  const length = bytes.length - CHECKSUM_BYTES
  const sum = checksumOf(bytes, length)
  return (
    bytes[length] === sum >>> 24 &&
    bytes[length + 1] === ((sum >>> 16) & 0xff) &&
    bytes[length + 2] === ((sum >>> 8) & 0xff) &&
    bytes[length + 3] === (sum & 0xff)
  )
}
