import { malformed } from './refusal.ts'
import { utf16Length } from './utf8.ts'

/** lib0 reads longer numbers too, but none is written by it: 8 bytes hold every safe integer. */
const MAX_VARINT_BYTES = 8

/**
 * Walks lib0's encodings in exactly these bytes. Each step goes forward, nothing is copied, and nothing is allocated by a count that
 * the bytes claim. Anything short or absurd throws `Refused`.
 */
export class ByteWalk {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  uint8(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw malformed('the bytes end too early')
    this.#at++
    return byte
  }

  uint(): number {
    let value = 0
    let scale = 1
    for (let length = 0; length < MAX_VARINT_BYTES; length++) {
      const byte = this.uint8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw malformed('a number is too large')
  }

  /** A signed varInt, whose value nobody needs. */
  skipInt(): void {
    for (let length = 0; length < MAX_VARINT_BYTES; length++) {
      if (this.uint8() < 0x80) return
    }
    throw malformed('a number is too large')
  }

  skip(length: number): void {
    if (length > this.remaining) throw malformed('a length goes past the end')
    this.#at += length
  }

  skipBytes(): void {
    this.skip(this.uint())
  }

  /** A text; its length in UTF-16 units. */
  text(): number {
    const length = this.uint()
    const from = this.#at
    this.skip(length)
    const units = utf16Length(this.#bytes, from, this.#at)
    if (units < 0) throw malformed('a text is not UTF-8')
    return units
  }

  /** A text, as a view on its bytes. */
  textBytes(): Uint8Array {
    const length = this.uint()
    const from = this.#at
    this.skip(length)
    return this.#bytes.subarray(from, this.#at)
  }

  /** How many things follow, where each takes at least `minBytes`. */
  count(minBytes: number): number {
    const count = this.uint()
    if (count * minBytes > this.remaining) throw malformed('a count goes past the end')
    return count
  }

  end(): void {
    if (this.remaining > 0) throw malformed(`${this.remaining} bytes stand behind the end`)
  }
}
