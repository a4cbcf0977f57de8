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
  /** False: nothing is written. A quick run is no result. */
  readonly isKept: boolean
  /** For a comparison: the commit that is before. */
  readonly base: string
}

const ROUNDS = 5
const COMPARED_ROUNDS = 12

export const HELP = `Usage: npm run bench -- [options]          npm run bench:compare -- [options]

  --only NAME,…     these rows; may come again: ${ROWS.map(({ name }) => name).join(', ')}
  --against NAME,…  these contestants: ${Object.keys(CONTESTANTS).join(', ')}
  --rounds N        alternating rounds; default ${ROUNDS}, with --quick 1, of a comparison ${COMPARED_ROUNDS}
  --quick           small sizes and short times: whether it works, not how fast
  --keep            writes results of a quick run too
  --base COMMIT     what a comparison compares with; default HEAD~1`

const listed = (value: string): string[] => value.split(',').filter((name) => name !== '')

/** Options, or the sentence to show in place of a run. */
export const parseOptions = (
  argv: readonly string[],
  isComparison: boolean,
): BenchOptions | string => {
  const [names, against]: [string[], string[]] = [[], []]
  const found = { isQuick: false, isKept: false, base: 'HEAD~1', rounds: 0 }
  for (let at = 0; at < argv.length; at++) {
    const name = argv[at]!
    if (name === '--help') return HELP
    if (name === '--quick') found.isQuick = true
    else if (name === '--keep') found.isKept = true
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
    base: found.base,
  }
}
