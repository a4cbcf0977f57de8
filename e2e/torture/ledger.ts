import type { Settled } from '../../kit/node.ts'
import type { InspectedRecord } from '../support/inspect.ts'
import { textOf } from '../support/log-text.ts'

/** What an independent reading of a store shows to be wrong, each edit by its name; all empty where all is well. */
export type Findings = {
  /** Acked or called saved, and not there; or an event that was acked at another place. */
  readonly lost: readonly string[]
  /** Shown to some client as a part of the log, and not there, or elsewhere. */
  readonly shownAndGone: readonly string[]
  /** There more than once, or given to one client more than once. */
  readonly twice: readonly string[]
  /** Behind a later edit of the same writer, or behind a hole. */
  readonly disordered: readonly string[]
  /** Nobody wrote it. */
  readonly unknown: readonly string[]
  /** Written, and not there or never acked, though each client had said that all it wrote is saved. */
  readonly missing: readonly string[]
}

/** How much is wrong. */
export const countOf = (findings: Findings): number =>
  Object.values(findings).reduce((sum, { length }) => sum + length, 0)

type Reader = { lastOffset: number }

/**
 * What the test itself saw of one room: each edit when it was written, when its client was told that it is safe, and when it
 * was shown to anybody. Every edit has a name that nobody else's has: `writer number`, numbers from 1 without a hole.
 */
export class Ledger {
  readonly #written = new Map<string, number>()
  readonly #acked = new Map<string, number | undefined>()
  readonly #shown = new Map<number, string>()
  readonly #readers = new Map<string, Reader>()
  readonly #givenTwice: string[] = []
  readonly #shownElsewhere: string[] = []

  /** As it is now, for a comparison that takes its time. */
  copy(): Ledger {
    const copy = new Ledger()
    for (const [writer, count] of this.#written) copy.#written.set(writer, count)
    for (const [name, offset] of this.#acked) copy.#acked.set(name, offset)
    for (const [offset, name] of this.#shown) copy.#shown.set(offset, name)
    copy.#givenTwice.push(...this.#givenTwice)
    copy.#shownElsewhere.push(...this.#shownElsewhere)
    return copy
  }

  /** The next edit's number. */
  write(writer: string): number {
    const number = (this.#written.get(writer) ?? 0) + 1
    this.#written.set(writer, number)
    return number
  }

  acked(name: string, settled?: Settled): void {
    this.#acked.set(name, settled?.offset)
  }

  get writtenCount(): number {
    return [...this.#written.values()].reduce((sum, count) => sum + count, 0)
  }

  get ackedCount(): number {
    return this.#acked.size
  }

  isAcked(name: string): boolean {
    return this.#acked.has(name)
  }

  /** An event that a client was given as the record at `offset` of the log. */
  shown(reader: string, name: string, offset: number): void {
    const before = this.#readers.get(reader) ?? { lastOffset: 0 }
    if (offset <= before.lastOffset) this.#givenTwice.push(`${name} to ${reader}`)
    this.#readers.set(reader, { lastOffset: offset })
    const known = this.#shown.get(offset)
    if (known === undefined) this.#shown.set(offset, name)
    else if (known !== name) this.#shownElsewhere.push(`${name} at ${offset} beside ${known}`)
  }

  /** Compares all that is noted so far with what was read from the disk. With `isSettled` everything written must be there. */
  compare(records: readonly InspectedRecord[], isSettled = false): Findings {
    // S18: at the last offset of a compacted part the document may stand beside an event.
    const named = records.filter((record) => eventNameOf(record) !== undefined)
    const placed = new Map(named.map((record) => [record.offset, eventNameOf(record)] as const))
    const events = named.map((record) => eventNameOf(record)!)
    const edits = namesIn(textOf(records))
    const all = [...events, ...edits]
    const there = new Set(all)
    const isWhere = (name: string, offset: number | undefined): boolean =>
      offset === undefined ? there.has(name) : placed.get(offset) === name
    return {
      lost: [...this.#acked].filter(([name, offset]) => !isWhere(name, offset)).map(([n]) => n),
      shownAndGone: [
        ...this.#shownElsewhere,
        ...[...this.#shown].filter(([at, name]) => placed.get(at) !== name).map(([, name]) => name),
      ],
      twice: [...this.#givenTwice, ...repeatedIn(all)],
      disordered: [...disorderedIn(events), ...disorderedIn(edits)],
      unknown: all.filter((name) => !this.#isWritten(name)),
      missing: isSettled
        ? this.#names().filter((name) => !there.has(name) || !this.isAcked(name))
        : [],
    }
  }

  #isWritten(name: string): boolean {
    const [writer, number] = partsOf(name)
    return number >= 1 && number <= (this.#written.get(writer) ?? 0)
  }

  #names(): string[] {
    return [...this.#written].flatMap(([writer, count]) =>
      Array.from({ length: count }, (_, at) => nameOf(writer, at + 1)),
    )
  }
}

export const nameOf = (writer: string, number: number): string => `${writer} ${number}`

const partsOf = (name: string): readonly [string, number] => {
  const at = name.lastIndexOf(' ')
  return [name.slice(0, at), Number(name.slice(at + 1))]
}

/** A piece of a shared text, whole as long as nobody types into it. */
export const pieceOf = (name: string): string => `[${name}]`

const namesIn = (text: string): string[] =>
  [...text.matchAll(/\[([^[\]]*)\]/g)].map(([, name]) => name!)

const eventNameOf = ({ name, payload }: InspectedRecord): string | undefined => {
  if (name !== 'edit') return undefined
  const { writer, number } = payload as { readonly writer: string; readonly number: number }
  return nameOf(writer, number)
}

const repeatedIn = (names: readonly string[]): string[] => {
  const known = new Set<string>()
  return names.filter((name) => {
    const isRepeated = known.has(name)
    known.add(name)
    return isRepeated
  })
}

/** Each writer's own, in the order given, are 1, 2, 3 … */
const disorderedIn = (names: readonly string[]): string[] => {
  const last = new Map<string, number>()
  return names.filter((name) => {
    const [writer, number] = partsOf(name)
    const isNext = number === (last.get(writer) ?? 0) + 1
    last.set(writer, number)
    return !isNext
  })
}
