import { expect } from 'playwright/test'
import type { InspectedRecord } from './inspect.ts'
import { textOf } from './log-text.ts'

export { textOf } from './log-text.ts'

const MARK = /\[[^[\]]*\]/g
/** From here on each letter is used once: a block of some 20,000 that any font has a box for. */
const FIRST_LETTER = 0x4e00

/**
 * What the test itself did, kept beside the system under test: every piece of text is unique, every event is written down.
 * At the end a room must hold each of them exactly once and nothing else.
 */
export class Journal {
  readonly #marks: string[] = []
  readonly #events: string[] = []
  #letterCount = 0
  #byPage = ''

  /** A piece of text that nobody has typed before, noted as typed. It must stay whole: nobody else may type into it. */
  mark(who: string): string {
    const mark = `[${who} ${this.#marks.length + 1}]`
    this.#marks.push(mark)
    return mark
  }

  /** Letters that nobody has typed before, noted as typed: for those who type in one place, into each other's words. */
  letters(count: number): string {
    const letters = Array.from({ length: count }, (_, at) =>
      String.fromCodePoint(FIRST_LETTER + this.#letterCount + at),
    )
    this.#letterCount += count
    return letters.join('')
  }

  /** A text that the page itself writes into a room, once, however many clients there are. */
  writtenByPage(text: string): void {
    this.#byPage = text
  }

  pushed(user: string, name: string, payload: unknown, times = 1): void {
    for (let at = 0; at < times; at++) this.#events.push(eventLine(user, name, payload))
  }

  /** Fails where a text does not hold exactly what was typed. Order is free: people type at once. */
  expectText(text: string, where: string): void {
    const letters = Array.from({ length: this.#letterCount }, (_, at) =>
      String.fromCodePoint(FIRST_LETTER + at),
    )
    expect(piecesOf(text), `${where}: every piece of text once, whole, and nothing else`).toEqual([
      ...this.#marks.toSorted(),
      ...[...letters, ...this.#byPage].toSorted(),
    ])
  }

  /** Fails where a room's records are not exactly what was typed and pushed, each once. */
  expectRecords(records: readonly InspectedRecord[]): void {
    this.expectText(textOf(records), 'the log')
    expect(eventsIn(records), 'the log: every event once and no other').toEqual(
      this.#events.toSorted(),
    )
    const refused = records.filter(({ kind }) => kind === 'void')
    expect(refused, 'the log: nothing was refused').toEqual([])
  }
}

/** What a text is made of: its marks, then all that belongs to none letter by letter, each sorted. */
const piecesOf = (text: string): readonly string[] => [
  ...[...text.matchAll(MARK)].map(([mark]) => mark).toSorted(),
  ...[...text.replaceAll(MARK, '')].toSorted(),
]

const eventLine = (user: string, name: string, payload: unknown): string =>
  JSON.stringify([user, name, payload])

/** E6: what is there under its own key and, re-homed, under another one, is one for every reader. */
const eventsIn = (records: readonly InspectedRecord[]): readonly string[] => {
  const byKey = new Map<string, string>()
  for (const { kind, origin, author, seq, user, name = '', payload } of records) {
    if (kind !== 'event') continue
    const key = origin ?? { author, seq }
    byKey.set(`${key.author}/${key.seq}`, eventLine(user, name, payload))
  }
  return [...byKey.values()].toSorted()
}

/** What the counter of the page shows after all events of a room. */
export const countOf = (records: readonly InspectedRecord[]): number =>
  foldOf(records, 0, (count, { name, payload }) =>
    name === 'count' ? count + (payload as { by: number }).by : count,
  )

/** The state that follows from the events of a room, computed from the disk alone. */
export const foldOf = <State>(
  records: readonly InspectedRecord[],
  empty: State,
  reduce: (state: State, event: InspectedRecord) => State,
): State => records.filter(({ kind }) => kind === 'event').reduce(reduce, empty)
