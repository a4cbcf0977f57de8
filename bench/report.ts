import { cell } from './cell.ts'
import { chartOf } from './chart.ts'
import { CONTESTANTS, OWN_NAMES } from './contestants.ts'
import type { ContestantName } from './contestants.ts'
import { verdictLine, verdictsOf } from './goals.ts'
import type { Verdict } from './goals.ts'
import type { Played } from './play.ts'
import type { RowResult } from './results.ts'
import type { Figures, Row } from './row.ts'
import { median, short } from './stats.ts'

/** The middle of ours ÷ theirs, round by round: the rounds are pairs. */
const ratioTo = (ours: readonly Figures[], theirs: readonly Figures[], key: string): number => {
  const pairs = Math.min(ours.length, theirs.length)
  return median(
    Array.from({ length: pairs }, (_, at) => Number(ours[at]![key]) / Number(theirs[at]![key])),
  )
}

const tableOf = (row: Row, { setting, rounds, failures }: Played): string[] => {
  const main = row.columns.find(({ isMain }) => isMain)!
  const heads = row.columns.map(({ title, unit }) => (unit === '' ? title : `${title}, ${unit}`))
  const shown = row.contestants.filter((name) => rounds[name] !== undefined)
  const ours = OWN_NAMES.filter((name) => rounds[name] !== undefined)
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
    const isOurs = OWN_NAMES.includes(name)
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

/** What was measured by a quick run is no figure to judge by. */
const judgedOf = (row: Row, result: RowResult | undefined): Verdict[] =>
  verdictsOf(row, result === undefined || result.isQuick ? [] : result.played)

const machineWords = ({ machine }: RowResult): string => {
  const { node, processor, cores, memoryGib, fileSystem, versions } = machine
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${cores} × ${processor}, ${memoryGib} GiB, data on ${fileSystem}, Node ${node}; ${named.join(', ')}.`
}

const runWords = ({ machine, rounds, isQuick }: RowResult): string => {
  const { date, commit, load } = machine
  const kind = isQuick ? '**A quick run: it shows that it works, and not how fast.** ' : ''
  const alternating = `${rounds} alternating round${rounds === 1 ? '' : 's'}`
  return `${kind}${date}, commit ${commit}, ${alternating}; load of the machine ${short(load.before)} before, ${short(load.after)} after.`
}

/** All that is told of one row that was played. */
export const sectionOf = (row: Row, result: RowResult): string[] => {
  const { played, isQuick } = result
  const verdicts = judgedOf(row, result)
  const listed = (setting: string): string[] =>
    isQuick ? [] : verdicts.filter((one) => one.setting === setting).map(verdictLine)
  const lines = [`## ${row.title}`, '', row.how, '', runWords(result), '']
  if (isQuick && row.goals.length > 0) lines.push('Its goals are not judged by that.', '')
  if (chartOf(row, played) !== undefined) lines.push(`![${row.title}](${row.name}.svg)`, '')
  for (const one of played) lines.push(...tableOf(row, one), ...listed(one.setting), '')
  const settings = new Set(verdicts.map(({ setting }) => setting))
  for (const { setting } of played) settings.delete(setting)
  for (const setting of settings) lines.push(...listed(setting))
  return [...lines, '', ...leftOutOf(row), '']
}

const tally = (verdicts: readonly Verdict[]): string => {
  const count = (wanted: Verdict['outcome']): number =>
    verdicts.filter(({ outcome }) => outcome === wanted).length
  return `Of ${verdicts.length} goals ${count('met')} are met, ${count('missed')} missed, ${count('not measured')} not measured.`
}

const INTRODUCTION = [
  '# Results',
  '',
  'Written by `npm run bench` from the file of each row in this folder; no figure is typed by hand. Rows may come from several runs: each says which. How it is measured stands in [bench/README.md](../README.md).',
  '',
  'A figure is the median of the rounds, behind it the least and the most. A ratio is the median of ours ÷ theirs, round by round, of the first figure of a table.',
  'A goal is judged by the same medians. It is not measured where a side of it failed, or where something of ours was not delivered. Numbers like (0024) are [decisions](../../docs/decisions/).',
  '',
]

const plain = (lines: readonly string[]): string =>
  `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`

/** One row, for a terminal. */
export const rowReportOf = (row: Row, result: RowResult): string =>
  plain([...sectionOf(row, result), machineWords(result)])

/** bench/results/README.md: of each row what was measured last. */
export const reportOf = (results: readonly RowResult[], rows: readonly Row[]): string => {
  const resultOf = ({ name }: Row): RowResult | undefined => results.find(({ row }) => row === name)
  const lacking = rows.filter((row) => resultOf(row) === undefined)
  const machines = new Set(results.map(machineWords))
  const lines = [...INTRODUCTION, tally(rows.flatMap((row) => judgedOf(row, resultOf(row)))), '']
  for (const { name, title } of lacking) lines.push(`- Not measured: ${title} (\`${name}\`).`)
  lines.push('', ...(machines.size === 1 ? machines : []), '')
  for (const row of rows) {
    const result = resultOf(row)
    if (result === undefined) continue
    lines.push(...sectionOf(row, result))
    if (machines.size > 1) lines.push(machineWords(result), '')
  }
  return plain(lines)
}
