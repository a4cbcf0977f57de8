/** Values by a text and a number, such as author and seq, without making a text of both for each question. */
export class PairMap<Value> {
  readonly #maps = new Map<string, Map<number, Value>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(text: string, number: number): Value | undefined {
    return this.#maps.get(text)?.get(number)
  }

  set(text: string, number: number, value: Value): void {
    let map = this.#maps.get(text)
    if (map === undefined) {
      map = new Map()
      this.#maps.set(text, map)
    }
    const before = map.size
    map.set(number, value)
    this.#size += map.size - before
  }

  delete(text: string, number: number): void {
    const map = this.#maps.get(text)
    if (map?.delete(number) !== true) return
    this.#size--
    if (map.size === 0) this.#maps.delete(text)
  }

  values(): Value[] {
    const values: Value[] = []
    for (const map of this.#maps.values()) for (const value of map.values()) values.push(value)
    return values
  }

  copy(): PairMap<Value> {
    const copy = new PairMap<Value>()
    for (const [text, map] of this.#maps) copy.#maps.set(text, new Map(map))
    copy.#size = this.#size
    return copy
  }
}
