import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chartOf } from './chart.ts'
import type { Machine } from './machine.ts'
import type { Played } from './play.ts'
import { figuresOf, withFigures } from './readme.ts'
import { reportOf } from './report.ts'
import type { Row } from './row.ts'

/** What was measured of one row, at all its sizes, in one run. */
export type RowResult = {
  readonly row: string
  readonly machine: Machine
  readonly rounds: number
  readonly isQuick: boolean
  /** What it took. */
  readonly seconds: number
  readonly played: readonly Played[]
}

export const RESULTS: string = fileURLToPath(new URL('./results', import.meta.url))
/** The project's own, in which some figures stand. */
export const README: string = fileURLToPath(new URL('../README.md', import.meta.url))

/** A file that is written is there as a whole, or not at all. */
const write = (folder: string, name: string, text: string): void => {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

/** Takes the place of what was there of this row, and of nothing else. */
export const writeResult = (folder: string, result: RowResult): void =>
  write(folder, `${result.row}.json`, `${JSON.stringify(result, null, 1)}\n`)

/** What is there of these rows, whichever runs it came from. */
export const readResults = (folder: string, rows: readonly Row[]): RowResult[] =>
  rows.flatMap(({ name }) => {
    const path = join(folder, `${name}.json`)
    // JSON has null for what is no number.
    const parse = (text: string): RowResult =>
      JSON.parse(text, (_, value: unknown) => value ?? undefined) as RowResult
    return existsSync(path) ? [parse(readFileSync(path, 'utf8'))] : []
  })

/** The table of the project's README, from the same files. `path`: of that README. */
export const writeFigures = (folder: string, rows: readonly Row[], path: string): void => {
  const text = withFigures(readFileSync(path, 'utf8'), figuresOf(readResults(folder, rows), rows))
  write(dirname(path), basename(path), text)
}

/** README.md and the charts, from all files that are there. */
export const writeReport = (folder: string, rows: readonly Row[]): void => {
  const results = readResults(folder, rows)
  for (const row of rows) {
    const result = results.find((one) => one.row === row.name)
    const chart = chartOf(row, result?.played ?? [])
    if (chart === undefined) rmSync(join(folder, `${row.name}.svg`), { force: true })
    else write(folder, `${row.name}.svg`, chart)
  }
  write(folder, 'README.md', reportOf(results, rows))
}
