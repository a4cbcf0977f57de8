/**
 * A map that is never changed: setting a key gives a new map, and all but one of its 256 parts are shared with the old one.
 * So a room of thousands of shapes costs an event a few dozen steps, and what differs between two maps is found by looking
 * only into the parts that differ.
 */
export class KeptMap<Value> {
  readonly #parts: readonly (ReadonlyMap<string, Value> | undefined)[]
  readonly size: number

  private constructor(parts: readonly (ReadonlyMap<string, Value> | undefined)[], size: number) {
    this.#parts = parts
    this.size = size
  }

  static empty<Value>(): KeptMap<Value> {
    return new KeptMap<Value>([], 0)
  }

  get(key: string): Value | undefined {
    return this.#parts[partOf(key)]?.get(key)
  }

  with(key: string, value: Value): KeptMap<Value> {
    const at = partOf(key)
    const old = this.#parts[at]
    const parts = [...this.#parts]
    parts[at] = new Map(old).set(key, value)
    return new KeptMap(parts, this.size + (old?.has(key) === true ? 0 : 1))
  }

  *values(): Generator<Value> {
    for (const part of this.#parts) if (part !== undefined) yield* part.values()
  }

  /** Every key whose value is another one, or is not there, in `before`; with the value now. Keys never go. */
  *changesSince(
    before: KeptMap<Value>,
  ): Generator<[key: string, now: Value, old: Value | undefined]> {
    for (const [at, part] of this.#parts.entries()) {
      const old = before.#parts[at]
      if (part === undefined || part === old) continue
      for (const [key, value] of part) {
        const was = old?.get(key)
        if (was !== value) yield [key, value, was]
      }
    }
  }
}

const PARTS = 256

const partOf = (key: string): number => {
  let hash = 2166136261
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 16777619)
  return ((hash >>> 0) >>> 8) % PARTS
}
