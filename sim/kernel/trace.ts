/**
 * The run as one number: every thing that an oracle looks at goes in, so two runs that differ in any of it differ in the hash.
 * And, for who reads, as lines.
 */
export class Trace {
  #low = 0x811c9dc5
  #high = 0x1234567
  readonly #print: ((line: string) => void) | undefined
  readonly #now: () => number

  constructor(now: () => number, print: ((line: string) => void) | undefined) {
    this.#now = now
    this.#print = print
  }

  /** `kind` is a small number of the caller's; the others say what it was about. */
  note(kind: number, one: number, other: number): void {
    // FNV-1a's step on words instead of bytes, twice: quick, and no secret depends on it.
    const at = Math.round(this.#now() * 1000)
    let low = Math.imul(this.#low ^ kind, 0x01000193)
    low = Math.imul(low ^ one, 0x01000193)
    low = Math.imul(low ^ (low >>> 15) ^ at, 0x01000193)
    this.#low = Math.imul(low ^ other, 0x01000193)
    this.#high = Math.imul(this.#high ^ (this.#low >>> 13) ^ at, 0x85ebca6b)
  }

  /** Costs nothing when nobody reads. */
  say(line: () => string): void {
    this.#print?.(`${this.#now().toFixed(1).padStart(9)} ${line()}`)
  }

  get hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }
}
