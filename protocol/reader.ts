import { decodeUtf8 } from 'lib0/string'
import { ID_BYTES, toHex } from './ids.ts'

/** Thrown by {@link Reader} and caught by every decoder of this room: it never leaves `protocol/`. */
export class Malformed extends Error {}

/**
 * Reads lib0's encodings from exactly these bytes. lib0's own decoder trusts lengths up to the end of the underlying
 * ArrayBuffer, which for a pooled buffer is somebody else's data; this one never reads past its own view, never
 * allocates by a count that the input claims, and throws {@link Malformed} on anything short or absurd.
 */
export class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get at(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  uint8(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new Malformed('the bytes end too early')
    this.#at++
    return byte
  }

  flag(): boolean {
    const byte = this.uint8()
    if (byte > 1) throw new Malformed(`a flag is 0 or 1, not ${byte}`)
    return byte === 1
  }

  /** A lib0 varUint of at most 8 bytes and at most Number.MAX_SAFE_INTEGER. */
  uint(): number {
    let value = 0
    let scale = 1
    for (let length = 0; length < 8; length++) {
      const byte = this.uint8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw new Malformed('a number is too large')
  }

  /** `length` bytes, as a view on the input. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) throw new Malformed('a length goes past the end')
    const view = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return view
  }

  /** A length and that many bytes, as a view on the input. */
  bytes(maxBytes: number = Number.MAX_SAFE_INTEGER): Uint8Array {
    const length = this.uint()
    if (length > maxBytes)
      throw new Malformed(`${length} bytes where at most ${maxBytes} may stand`)
    return this.raw(length)
  }

  string(maxBytes: number): string {
    const bytes = this.bytes(maxBytes)
    try {
      return decodeUtf8(bytes)
    } catch {
      throw new Malformed('a text is not UTF-8')
    }
  }

  /** 16 bytes as 32 hex digits. */
  id(): string {
    if (this.remaining < ID_BYTES) throw new Malformed('a length goes past the end')
    const hex = toHex(this.#bytes, this.#at, this.#at + ID_BYTES)
    this.#at += ID_BYTES
    return hex
  }

  /** `count` things, where each takes at least `minBytes`: a count that cannot fit is refused before it is trusted. */
  list<Item>(
    minBytes: number,
    read: () => Item,
    maxCount: number = Number.MAX_SAFE_INTEGER,
  ): Item[] {
    const count = this.uint()
    if (count * minBytes > this.remaining) throw new Malformed('a count goes past the end')
    if (count > maxCount) throw new Malformed(`${count} where at most ${maxCount} may stand`)
    const items: Item[] = []
    for (let n = 0; n < count; n++) items.push(read())
    return items
  }

  oneOf<Name extends string>(names: readonly Name[]): Name {
    const name = names[this.uint()]
    if (name === undefined) throw new Malformed('a code is not known')
    return name
  }

  end(): void {
    if (this.remaining > 0) throw new Malformed(`${this.remaining} bytes stand behind the end`)
  }
}
