import { CONTESTANTS } from './contestants.ts'
import { afterwards, thisMachine } from './machine.ts'
import { isWritten, parseOptions, playersOf } from './options.ts'
import type { BenchOptions } from './options.ts'
import { ensurePeers } from './peers.ts'
import { playRow } from './play.ts'
import type { Played } from './play.ts'
import { Progress } from './progress.ts'
import type { Expected } from './progress.ts'
import { rowReportOf } from './report.ts'
import { readResults, README, RESULTS, writeFigures, writeReport, writeResult } from './results.ts'
import type { RowResult } from './results.ts'
import type { Row } from './row.ts'
import { ROWS } from './rows/index.ts'

const playsOf = (played: readonly Played[]): number =>
  played.flatMap(({ rounds }) => Object.values(rounds)).reduce((sum, { length }) => sum + length, 0)

/** What is to come, by what a play of a row took when it was last written. */
const expectedOf = (rows: readonly Row[], options: BenchOptions): Expected[] => {
  const { rounds, isQuick } = options
  const results = readResults(RESULTS, rows)
  return rows.map((row) => {
    const last = results.find((one) => one.row === row.name && one.isQuick === isQuick)
    return {
      row: row.name,
      plays: row.settings(isQuick).length * playersOf(row, options).length * rounds,
      secondsEach: last === undefined ? undefined : last.seconds / playsOf(last.played),
    }
  })
}

const playOne = async (row: Row, options: BenchOptions, progress: Progress): Promise<RowResult> => {
  const { rounds, isQuick } = options
  console.log(progress.begin())
  const machine = thisMachine()
  const contestants = playersOf(row, options).map((name) => CONTESTANTS[name])
  const say = (line: string): void => console.log(`${line}\n  ${progress.played()}`)
  const played: Played[] = []
  for (const setting of row.settings(isQuick)) {
    played.push(await playRow(row, setting, { contestants, rounds, isQuick, say }))
  }
  const seconds = progress.rowSeconds
  console.log(progress.end())
  return { row: row.name, machine: afterwards(machine), rounds, isQuick, seconds, played }
}

const writeAll = (): void => {
  writeReport(RESULTS, ROWS)
  writeFigures(RESULTS, ROWS, README)
}

/** Each row is written as soon as it ended: who stops a run keeps what it has. */
const playAll = async (options: BenchOptions): Promise<void> => {
  const rows = options.rows.filter((row) => playersOf(row, options).length > 0)
  const progress = new Progress(expectedOf(rows, options), () => performance.now() / 1000)
  for (const row of rows) {
    const result = await playOne(row, options, progress)
    if (result.played.some(({ failures }) => Object.keys(failures).length > 0)) process.exitCode = 1
    if (isWritten(row, options)) {
      writeResult(RESULTS, result)
      writeAll()
      console.log(`Written: bench/results/${row.name}.json, and README.md\n`)
    } else {
      console.log(`\n${rowReportOf(row, result)}`)
      if (options.isKept) console.log('Not written: not all contestants of this row have played.\n')
    }
  }
}

const options = parseOptions(process.argv.slice(2), false)
if (typeof options === 'string') {
  console.log(options)
  process.exit(process.argv.includes('--help') ? 0 : 1)
}
if (options.isReport) {
  writeAll()
  console.log('Written: bench/results/README.md, and the figures in README.md')
} else {
  await ensurePeers()
  await playAll(options)
}
