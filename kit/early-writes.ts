import type { RoomInput } from '../protocol/index.ts'

type Write = Extract<RoomInput, { type: 'write' }>

/** What the app wrote before local state was back, in the order of writing. */
export class EarlyWrites {
  #inputs: Write[] = []
  /** Y12: some of it was not typed: another provider applied it. */
  isFilled = false

  get count(): number {
    return this.#inputs.length
  }

  /** The sizes of what was written, in bytes. */
  get sizes(): readonly number[] {
    return this.#inputs.map(({ body }) => body.length)
  }

  add(input: Write): void {
    this.#inputs.push(input)
  }

  /** Y12: all updates as one, or none where there is nothing new in them; before the events, which may tell of it. */
  replaceUpdates(body: Uint8Array | undefined): void {
    const events = this.#inputs.filter(({ kind }) => kind !== 'update')
    const [first] = this.#inputs.filter(({ kind }) => kind === 'update')
    this.#inputs =
      first === undefined || body === undefined ? events : [{ ...first, body }, ...events]
  }

  take(): readonly Write[] {
    return this.#inputs.splice(0)
  }
}
