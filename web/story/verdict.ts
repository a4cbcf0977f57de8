import type { EntryKey } from '../client-report.ts'
import type { EditRange } from '../ordinary-client-report.ts'
import type { LogRecord } from './room-log.ts'

/** What became of edits that were written offline, counted in the relay’s log. */
export type Verdict = {
  readonly written: number
  readonly inLog: number
  readonly lost: number
  /** In the log more than once. */
  readonly twice: number
}

/** Of entries: an entry that got a new key on its way has its first one as `origin`. A refused one is void, and not there. */
export const verdictOfEntries = (
  keys: readonly EntryKey[],
  records: readonly LogRecord[],
): Verdict => {
  const kept = records.filter(({ kind }) => kind !== 'void')
  const isOf = (record: LogRecord, key: EntryKey): boolean =>
    isSameKey(record, key) || (record.origin !== undefined && isSameKey(record.origin, key))
  return verdictOf(keys.map((key) => kept.filter((record) => isOf(record, key)).length))
}

const isSameKey = (one: EntryKey, other: EntryKey): boolean =>
  one.author === other.author && one.seq === other.seq

/**
 * Of edits of an ordinary client, which have no keys: by the letters, as Yjs counts them. `updates` has the ranges of letters
 * that each record of the log holds. An edit of which a part is missing is lost.
 */
export const verdictOfEdits = (
  edits: readonly EditRange[],
  updates: readonly (readonly EditRange[])[],
): Verdict => {
  const all = updates.flat()
  const timesOf = (edit: EditRange): number => {
    const whole = updates.filter((ranges) => isCovered(edit, ranges)).length
    return whole === 0 && isCovered(edit, all) ? 1 : whole
  }
  return verdictOf(edits.map(timesOf))
}

const isCovered = ({ client, from, to }: EditRange, ranges: readonly EditRange[]): boolean => {
  let reached = from
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    if (range.client === client && range.from <= reached) reached = Math.max(reached, range.to)
  }
  return reached >= to
}

const verdictOf = (times: readonly number[]): Verdict => ({
  written: times.length,
  inLog: times.filter((count) => count > 0).length,
  lost: times.filter((count) => count === 0).length,
  twice: times.filter((count) => count > 1).length,
})

export type VerdictPart = {
  readonly figure: number
  readonly words: string
  readonly isBad: boolean
}

/** Of whom and of what a verdict is: entries take effect as often as they are in the log, letters of Yjs once. */
export type VerdictKind = { readonly when: string; readonly isOfEdits: boolean }

/** `7 written offline · 7 in the relay’s log · 0 lost · 0 twice`, as figures with their words. */
export const partsOf = (
  { written, inLog, lost, twice }: Verdict,
  { when, isOfEdits }: VerdictKind,
): readonly VerdictPart[] => [
  { figure: written, words: `written ${when}`, isBad: false },
  { figure: inLog, words: 'in the relay’s log', isBad: false },
  { figure: lost, words: 'lost', isBad: lost > 0 },
  isOfEdits && twice > 0
    ? { figure: twice, words: 'sent twice, without effect', isBad: false }
    : { figure: twice, words: 'twice', isBad: twice > 0 },
]
