import type { Author } from './ids.ts'
import type { HeldRow } from './outbox-types.ts'
import type { Run } from './tab-frame.ts'

type Key = Pick<Run, 'author' | 'from' | 'through'>

/** Rows as runs: those of one author that follow one another are one. In the order in which they begin. */
export const runsOf = (rows: Iterable<HeldRow>): Run[] => {
  const open = new Map<Author, { -readonly [Name in keyof Run]: Run[Name] }>()
  const runs: Run[] = []
  for (const { row, isOurs } of rows) {
    const { author, seq } = row
    const last = open.get(author)
    if (last?.through === seq - 1 && last.isOurs === isOurs) {
      last.through = seq
      continue
    }
    const begun = { author, isOurs, from: seq, through: seq }
    open.set(author, begun)
    runs.push(begun)
  }
  return runs
}

/** What of `wanted` is in none of `held`. */
export const without = (wanted: readonly Run[], held: readonly Key[]): Run[] => {
  let left = [...wanted]
  for (const { author, from, through } of held) {
    if (left.length === 0) return left
    left = left.flatMap((run) => {
      if (run.author !== author || run.through < from || run.from > through) return [run]
      const parts: Run[] = []
      if (run.from < from) parts.push({ ...run, through: from - 1 })
      if (run.through > through) parts.push({ ...run, from: through + 1 })
      return parts
    })
  }
  return left
}

export const isIn = (runs: readonly Key[], author: Author, seq: number): boolean =>
  runs.some((run) => run.author === author && run.from <= seq && seq <= run.through)
