import { decodeUtf8 } from 'lib0/string'
import { malformed } from './refusal.ts'

/**
 * How many UTF-16 units the UTF-8 in `bytes` from `from` to `end` has, which is how Yjs counts a string's clocks; -1 if it is not UTF-8.
 * As strict as `TextDecoder` with `fatal`, which Yjs reads with: no surrogates, nothing overlong, nothing above U+10FFFF. No text is made.
 */
export const utf16Length = (bytes: Uint8Array, from: number, end: number): number => {
  let units = 0
  let at = from
  while (at < end) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      at++
      units++
      continue
    }
    const size = sizeOf(lead, bytes[at + 1] ?? 0)
    if (size === 0 || at + size > end) return -1
    for (let rest = 1; rest < size; rest++) {
      if ((bytes[at + rest]! & 0xc0) !== 0x80) return -1
    }
    at += size
    units += size === 4 ? 2 : 1
  }
  return units
}

/** The bytes of the code point that starts with `lead` and `second`; 0 if none starts so. */
const sizeOf = (lead: number, second: number): 0 | 2 | 3 | 4 => {
  if (lead < 0xc2 || lead > 0xf4) return 0
  if (lead < 0xe0) return 2
  if (lead < 0xf0) {
    if (lead === 0xe0 && second < 0xa0) return 0
    return lead === 0xed && second > 0x9f ? 0 : 3
  }
  if (lead === 0xf0 && second < 0x90) return 0
  return lead === 0xf4 && second > 0x8f ? 0 : 4
}

/** The text that UTF-8 says; `Refused` if it is not UTF-8. */
export const decodeText = (bytes: Uint8Array): string => {
  try {
    return decodeUtf8(bytes)
  } catch {
    throw malformed('a text is not UTF-8')
  }
}
