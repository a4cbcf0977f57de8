import { ID_BYTES, toHex } from '../../protocol/index.ts'
import type { Chain } from '../../protocol/index.ts'
import type { Cursor } from './bytes.ts'

const FIRST_OF_EPOCH = 1
const HAS_SEALS = 2
const IS_COMPACTED = 4
const KIND = 0b0001_1111
const HAS_ORIGIN = 0b0010_0000
const UPDATE_V1 = 0

/**
 * Walks over a batch (`batch` in protocol/SPEC.md) and shows each document update in it, without making an object of a record: with
 * two hundred readers in one process the load would else be what is measured.
 */
export const scanBatch = (
  cursor: Cursor,
  onUpdate: (update: Uint8Array) => void,
): { readonly last: number; readonly chain: Chain } => {
  const flags = cursor.bytes[cursor.at++]!
  const isCompacted = (flags & IS_COMPACTED) !== 0
  const first = cursor.uint()
  let last = 0
  if (isCompacted) {
    last = cursor.uint()
    cursor.uint()
    cursor.uint()
  }
  cursor.uint()
  if ((flags & FIRST_OF_EPOCH) !== 0) cursor.skip(ID_BYTES)
  for (let authors = cursor.uint(); authors > 0; authors--) {
    cursor.skip(ID_BYTES)
    cursor.skipBytes()
  }
  const count = cursor.uint()
  for (let n = 0; n < count; n++) {
    if (isCompacted) {
      cursor.uint()
      cursor.uint()
    }
    cursor.uint()
    cursor.uint()
    const entry = cursor.view()
    const isPlain = (entry[0]! & HAS_ORIGIN) === 0
    if (isPlain && (entry[0]! & KIND) === UPDATE_V1) onUpdate(entry.subarray(1))
    if ((flags & HAS_SEALS) !== 0) cursor.skipBytes()
  }
  const chain = toHex(cursor.bytes, cursor.at, cursor.at + ID_BYTES) as Chain
  return { last: isCompacted ? last : first + count - 1, chain }
}
