import { CONTESTANTS } from './contestants.ts'
import type { ContestantName } from './contestants.ts'
import type { Row } from './row.ts'
import { ROWS } from './rows/index.ts'

export type BenchOptions = {
  readonly rows: readonly Row[]
  readonly isQuick: boolean
  readonly rounds: number
  /** Only these; all where it is undefined. */
  readonly against: readonly ContestantName[] | undefined
  /** True: nothing is played, and README.md and charts are made of the files of the rows that are there. */
  readonly isReport: boolean
  /** False: nothing is written. A quick run is no result. */
  readonly isKept: boolean
  /** For a comparison: the commit that is before. */
  readonly base: string
}

const ROUNDS = 5
const COMPARED_ROUNDS = 12

export const HELP = `Usage: npm run bench -- [options]          npm run bench:compare -- [options]

A run replaces bench/results/ROW.json of each row that it played, as soon as that has ended, and leaves those of other rows.

  --only NAME,…     these rows; may come again: ${ROWS.map(({ name }) => name).join(', ')}
  --against NAME,…  these contestants: ${Object.keys(CONTESTANTS).join(', ')};
                    a row that not all of its own play is printed and not written
  --rounds N        alternating rounds; default ${ROUNDS}, with --quick 1, of a comparison ${COMPARED_ROUNDS}
  --quick           small sizes and short times: whether it works, not how fast
  --keep            writes results of a quick run too, in place of others
  --report          plays nothing: writes README.md and charts of bench/results/ anew
  --base COMMIT     what a comparison compares with; default HEAD~1`

const listed = (value: string): string[] => value.split(',').filter((name) => name !== '')

/** Options, or the sentence to show in place of a run. */
export const parseOptions = (
  argv: readonly string[],
  isComparison: boolean,
): BenchOptions | string => {
  const [names, against]: [string[], string[]] = [[], []]
  const found = { isQuick: false, isKept: false, isReport: false, base: 'HEAD~1', rounds: 0 }
  for (let at = 0; at < argv.length; at++) {
    const name = argv[at]!
    if (name === '--help') return HELP
    if (name === '--quick') found.isQuick = true
    else if (name === '--keep') found.isKept = true
    else if (name === '--report') found.isReport = true
    else {
      const value = argv[++at]
      if (value === undefined) return `${name} is no option, or lacks its value.\n${HELP}`
      if (name === '--only') names.push(...listed(value))
      else if (name === '--against') against.push(...listed(value))
      else if (name === '--rounds') found.rounds = Number(value)
      else if (name === '--base') found.base = value
      else return `${name} is no option.\n${HELP}`
    }
  }
  const unknown = names.find((name) => ROWS.every((row) => row.name !== name))
  if (unknown !== undefined) return `No row is called ${unknown}.\n${HELP}`
  const nobody = against.find((name) => !Object.hasOwn(CONTESTANTS, name))
  if (nobody !== undefined) return `Nobody is called ${nobody}.\n${HELP}`
  if (!Number.isSafeInteger(found.rounds) || found.rounds < 0) return '--rounds takes a number.'
  const usual = isComparison ? COMPARED_ROUNDS : found.isQuick ? 1 : ROUNDS
  return {
    rows: names.length === 0 ? ROWS : ROWS.filter((row) => names.includes(row.name)),
    isQuick: found.isQuick,
    rounds: found.rounds === 0 ? usual : found.rounds,
    against: against.length === 0 ? undefined : (against as ContestantName[]),
    isKept: found.isKept || !found.isQuick,
    isReport: found.isReport,
    base: found.base,
  }
}

/** Who plays a row in this run. */
export const playersOf = (row: Row, { against }: BenchOptions): readonly ContestantName[] =>
  row.contestants.filter((name) => against?.includes(name) ?? true)

/** Whether what comes of a row is written: a part of its contestants must not take the place of all of them. */
export const isWritten = (row: Row, options: BenchOptions): boolean =>
  options.isKept && playersOf(row, options).length === row.contestants.length
