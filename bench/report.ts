import { chartOf } from './chart.ts'
import { CONTESTANTS } from './contestants.ts'
import type { ContestantName } from './contestants.ts'
import type { Machine } from './machine.ts'
import type { Played } from './play.ts'
import type { Column, Figures, Row } from './row.ts'
import { median, summaryOf } from './stats.ts'

/** What one run of `npm run bench` has measured. */
export type Results = {
  readonly machine: Machine
  readonly rounds: number
  readonly isQuick: boolean
  readonly played: readonly Played[]
}

const OURS: readonly ContestantName[] = ['holdfast', 'holdfast-y']

/** Three figures that count, without an exponent. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

const valuesOf = (rounds: readonly Figures[], key: string): number[] =>
  rounds.map((figures) => figures[key]).filter((value): value is number => value !== undefined)

const cell = (rounds: readonly Figures[], key: string): string => {
  const values = valuesOf(rounds, key)
  if (values.length === 0) return '–'
  const { median: middle, least, most } = summaryOf(values)
  return least === most ? short(middle) : `${short(middle)} (${short(least)}–${short(most)})`
}

/** The middle of ours ÷ theirs, round by round: the rounds are pairs. */
const ratioTo = (ours: readonly Figures[], theirs: readonly Figures[], key: string): number => {
  const pairs = Math.min(ours.length, theirs.length)
  return median(
    Array.from({ length: pairs }, (_, at) => Number(ours[at]![key]) / Number(theirs[at]![key])),
  )
}

const goalOf = ({ goal, better }: Column): string =>
  goal === undefined
    ? ''
    : ` The goal: at ${better === 'less' ? 'most' : 'least'} ${goal.ratio} × ${CONTESTANTS[goal.against].title}.`

const tableOf = (row: Row, { setting, rounds, failures }: Played): string[] => {
  const main = row.columns.find(({ isMain }) => isMain)!
  const heads = row.columns.map(({ title, unit }) => (unit === '' ? title : `${title}, ${unit}`))
  const shown = row.contestants.filter((name) => rounds[name] !== undefined)
  const ours = OURS.filter((name) => rounds[name] !== undefined)
  const ratios = ours.map((name) => `${CONTESTANTS[name].title} ÷ this`)
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const lines = [
    `**${setting}**`,
    '',
    line(['', 'keeps it', ...heads, ...ratios]),
    line(['---', '---', ...heads.map(() => '---:'), ...ratios.map(() => '---:')]),
  ]
  for (const name of shown) {
    const { title, keeps } = CONTESTANTS[name]
    const figures = row.columns.map(({ key }) => cell(rounds[name]!, key))
    const isOurs = OURS.includes(name)
    const compared = ours.map((own) =>
      isOurs ? '' : `${short(ratioTo(rounds[own]!, rounds[name]!, main.key))} ×`,
    )
    lines.push(line([title, keeps, ...figures, ...compared]))
  }
  lines.push('')
  for (const [name, why] of Object.entries(failures)) {
    lines.push(`- ${CONTESTANTS[name as ContestantName].title} was not measured: ${why}`)
  }
  return lines
}

const leftOutOf = ({ leftOut = {} }: Row): string[] =>
  Object.entries(leftOut).map(
    ([name, why]) => `- ${CONTESTANTS[name as ContestantName].title} is not in this table. ${why}`,
  )

const machineLines = ({ machine, rounds, isQuick }: Results): string[] => {
  const { date, commit, node, processor, cores, memoryGib, fileSystem, versions, load } = machine
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const kind = isQuick ? '**A quick run: it shows that all of it works, and not how fast.** ' : ''
  return [
    `${kind}${date}, commit ${commit}, Node ${node}, ${cores} × ${processor}, ${memoryGib} GiB, data on ${fileSystem}.`,
    `${rounds} alternating round${rounds === 1 ? '' : 's'} each; load of the machine ${short(load.before)} before, ${short(load.after)} after.`,
    '',
    named.join(', '),
  ]
}

/** bench/results/README.md: all tables of one run. */
export const reportOf = (results: Results, rows: readonly Row[], file: string): string => {
  const lines = [
    '# Results',
    '',
    `Written by \`npm run bench\` from [${file}](${file}); no figure is typed by hand. How it is measured stands in [bench/README.md](../README.md).`,
    '',
    'A figure is the median of the rounds, behind it the least and the most. A ratio is the median of ours ÷ theirs, round by round, of the first figure of a table.',
    '',
    ...machineLines(results),
    '',
  ]
  for (const row of rows) {
    const played = results.played.filter((one) => one.row === row.name)
    if (played.length === 0) continue
    const main = row.columns.find(({ isMain }) => isMain)!
    lines.push(`## ${row.title}`, '', `${row.how}${goalOf(main)}`, '')
    if (chartOf(row, played) !== undefined) lines.push(`![${row.title}](${row.name}.svg)`, '')
    for (const one of played) lines.push(...tableOf(row, one), '')
    lines.push(...leftOutOf(row), '')
  }
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}
