/** Reads lib0's numbers from bytes without making an object a number: this runs once a delivery. */
export class Cursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  uint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new RangeError('the bytes end within a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }

  skip(count: number): void {
    this.at += count
  }

  /** A length and that many bytes, as a view. */
  view(): Uint8Array {
    const length = this.uint()
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  skipBytes(): void {
    const length = this.uint()
    this.at += length
  }
}

const BITS = 7

/** A lib0 varUint. */
export const uint = (value: number): Uint8Array => {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 2 ** BITS)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** A length and the bytes. */
export const sized = (bytes: Uint8Array): Uint8Array => joined(uint(bytes.length), bytes)

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)

/** The client id and clock that an update of one client begins with; undefined for one that only deletes. */
export const beginOf = (
  update: Uint8Array,
): { readonly client: number; readonly clock: number } | undefined => {
  const cursor = new Cursor(update)
  if (cursor.uint() === 0) return undefined
  cursor.uint()
  return { client: cursor.uint(), clock: cursor.uint() }
}
