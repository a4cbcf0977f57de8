import type { ContestantName } from './contestants.ts'
import type { RowResult } from './results.ts'
import type { Row } from './row.ts'
import { cell } from './cell.ts'

/** What of the results the README shows: of a row at one size, one figure. */
type Shown = { readonly row: string; readonly setting: string; readonly column: string }

const SHOWN: readonly Shown[] = [
  { row: 'fan-out-burst', setting: '1 × 50', column: 'cpuSecondsPerMillion' },
  { row: 'fan-out-steady', setting: '1 × 50', column: 'usPerDelivery' },
  { row: 'meeting', setting: '50 clients', column: 'usPerDelivery' },
  { row: 'meeting', setting: '50 clients', column: 'p50' },
  { row: 'rooms-steady', setting: '1000 rooms', column: 'usPerUpdate' },
  { row: 'rooms-most', setting: '1000 rooms', column: 'updatesPerSecond' },
  { row: 'idle', setting: '2000 connections', column: 'kibPerConnection' },
]

const OTHERS: readonly (readonly [string, readonly ContestantName[]])[] = [
  ['Holdfast', ['holdfast']],
  ['y-websocket', ['y-websocket', 'y-leveldb']],
  ['Hocuspocus', ['hocuspocus', 'hocuspocus-sqlite']],
]

const BEGIN = '<!-- Written by npm run bench. -->'
const END = '<!-- Until here. -->'

const lineOf = (
  { row, setting, column }: Shown,
  results: readonly RowResult[],
  rows: readonly Row[],
): string[] => {
  const about = rows.find(({ name }) => name === row)
  const result = results.find((one) => one.row === row)
  const played = result?.played.find((one) => one.setting === setting)
  const shown = about?.columns.find(({ key }) => key === column)
  if (about === undefined || result === undefined || shown === undefined || played === undefined) {
    return []
  }
  const figures = OTHERS.map(([, names]) => {
    const rounds = names.map((name) => played.rounds[name]).find((one) => one !== undefined)
    return rounds === undefined ? '–' : cell(rounds, column)
  })
  const what = `${about.title}, ${setting}: ${shown.title}, ${shown.unit}`
  return [`| ${[what, ...figures, `${result.machine.date}, ${result.rounds}`].join(' | ')} |`]
}

/** The table of the README, of what is there; a quick run's figures are none. */
export const figuresOf = (results: readonly RowResult[], rows: readonly Row[]): string => {
  const full = results.filter(({ isQuick }) => !isQuick)
  const lines = SHOWN.flatMap((shown) => lineOf(shown, full, rows))
  const heads = ['', ...OTHERS.map(([title]) => title), 'seen, rounds']
  return [
    `| ${heads.join(' | ')} |`,
    `| --- | ${OTHERS.map(() => '---:').join(' | ')} | --- |`,
    ...lines,
  ].join('\n')
}

/** The README with this table in its place. Throws where it has none. */
export const withFigures = (readme: string, figures: string): string => {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (from === -1 || to < from) throw new Error('README.md has no place for figures.')
  return `${readme.slice(0, from + BEGIN.length)}\n\n${figures}\n\n${readme.slice(to)}`
}
