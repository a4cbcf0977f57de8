import { CONTESTANTS } from './contestants.ts'
import type { ContestantName } from './contestants.ts'
import type { Played } from './play.ts'
import type { Bound, Column, Goal, Row } from './row.ts'
import { median, short } from './stats.ts'

/** What a measurement says of one goal at one size. */
export type Verdict = {
  readonly setting: string
  readonly outcome: 'met' | 'missed' | 'not measured'
  /** What was wanted, in words. */
  readonly wanted: string
  /** What was found, in words; empty where nothing was. */
  readonly found: string
  /** By which part of the bound it was missed; Infinity of a bound of nought. */
  readonly missedBy: number
  /** Only where it was missed. */
  readonly why: string
}

const UNKNOWN = 'Why has not been found out yet.'

type Rounds = readonly (number | undefined)[]

/** Figures by round; undefined where the round is no measurement of anything. */
const roundsOf = (
  row: Row,
  played: Played | undefined,
  name: ContestantName,
  key: string,
): Rounds => {
  if (played === undefined || played.failures[name] !== undefined) return []
  const spoilers = row.columns.filter(({ spoils }) => spoils === true)
  return (played.rounds[name] ?? []).map((figures) =>
    spoilers.some((spoiler) => Number(figures[spoiler.key]) > 0) ? undefined : figures[key],
  )
}

const isThere = (value: number | undefined): value is number =>
  value !== undefined && !Number.isNaN(value)

/** Of several others the one whose figures are best. */
const bestOf = (all: readonly Rounds[], { better }: Column): Rounds => {
  const there = all.filter((rounds) => rounds.some(isThere))
  const middle = (rounds: Rounds): number => median(rounds.filter(isThere))
  const sign = better === 'less' ? 1 : -1
  return there.toSorted((a, b) => sign * (middle(a) - middle(b)))[0] ?? []
}

type Asked = {
  readonly row: Row
  readonly all: readonly Played[]
  readonly played: Played
  readonly of: ContestantName
  readonly column: Column
}

const listOf = <Item>(one: Item | readonly Item[]): readonly Item[] =>
  Array.isArray(one) ? (one as readonly Item[]) : [one as Item]

/** What a figure is compared with; undefined where it is bounded itself. */
const othersOf = ({ row, all, played, of, column }: Asked, bound: Bound): Rounds | undefined => {
  const { against, againstSetting } = bound
  if (againstSetting !== undefined) {
    const other = all.find(({ setting }) => setting === againstSetting)
    return roundsOf(row, other, of, column.key)
  }
  if (against === undefined) return undefined
  const names = listOf(against)
  return bestOf(
    names.map((name) => roundsOf(row, played, name, column.key)),
    column,
  )
}

/** What is held against a bound; NaN where it was not measured. */
const valueOf = (asked: Asked, bound: Bound): number => {
  const { row, played, of, column } = asked
  const ours = roundsOf(row, played, of, column.key)
  // Ours that did not deliver must not look well by the rounds in which it did.
  if (ours.length === 0 || !ours.every(isThere)) return NaN
  const others = othersOf(asked, bound)
  if (others === undefined) return bound.atMost === 0 ? Math.max(...ours) : median(ours)
  const pairs = ours.flatMap((own, at) => {
    const other = others[at]
    if (!isThere(other)) return []
    return [bound.atMostMore === undefined ? own / other : own - other]
  })
  // What is too small to be counted is in no ratio.
  return pairs.some(Number.isNaN) ? NaN : median(pairs)
}

/** Above nought where the bound is missed: by which part of it. */
const excessOf = (value: number, { atMost, atLeast, atMostMore }: Bound): number => {
  if (atLeast !== undefined) return 1 - value / atLeast
  const most = atMost ?? atMostMore!
  if (most === 0) return value > 0 ? Infinity : 0
  return value / most - 1
}

const titlesOf = (names: Bound['against'], setting: string | undefined): string => {
  if (names === undefined) return `that of ${setting}`
  const titles = listOf(names).map((name) => CONTESTANTS[name].title)
  return titles.length === 1 ? titles[0]! : `the best of ${titles.join('; ')}`
}

const withUnit = (value: number, unit: string): string => `${short(value)} ${unit}`.trim()

const wordsOf = ({ column }: Asked, bound: Bound): string => {
  const { against, againstSetting, atMost, atLeast, atMostMore } = bound
  const other = titlesOf(against, againstSetting)
  if (atMostMore !== undefined) {
    return `at most ${withUnit(atMostMore, column.unit)} more than ${other}`
  }
  const [word, value] = atLeast === undefined ? ['at most', atMost!] : ['at least', atLeast]
  const isRatio = against !== undefined || againstSetting !== undefined
  return `${word} ${isRatio ? `${short(value)} × ${other}` : withUnit(value, column.unit)}`
}

const toldOf = (value: number, { column }: Asked, bound: Bound): string => {
  const { against, againstSetting, atMostMore } = bound
  if (atMostMore !== undefined) return `${withUnit(value, column.unit)} more`
  const isRatio = against !== undefined || againstSetting !== undefined
  return isRatio ? `${short(value)} ×` : withUnit(value, column.unit)
}

const judged = (asked: Asked, goal: Goal): Verdict => {
  const { of, column, played } = asked
  const bounds: readonly Bound[] = goal.or === undefined ? [goal] : [goal, goal.or]
  const values = bounds.map((bound) => valueOf(asked, bound))
  const excesses = bounds.map((bound, at) => excessOf(values[at]!, bound))
  const told = bounds.flatMap((bound, at) =>
    Number.isFinite(values[at]) ? [toldOf(values[at]!, asked, bound)] : [],
  )
  const isMet = excesses.some((excess, at) => Number.isFinite(values[at]) && excess <= 0)
  const isMissed = !isMet && values.every(Number.isFinite)
  const words = bounds.map((bound) => wordsOf(asked, bound)).join(', or ')
  return {
    setting: played.setting,
    outcome: isMet ? 'met' : isMissed ? 'missed' : 'not measured',
    wanted: `${CONTESTANTS[of].title}: ${column.title} ${words}`,
    found: told.join(', and '),
    missedBy: isMissed ? Math.min(...excesses) : 0,
    why: isMissed ? (goal.missed ?? UNKNOWN) : '',
  }
}

/** What was measured of a row against its goals: one verdict for each goal and size. */
export const verdictsOf = (row: Row, all: readonly Played[]): Verdict[] =>
  row.goals.flatMap((goal) => {
    const { setting, of = 'holdfast', column: key } = goal
    const column = row.columns.find((one) => one.key === key)
    if (column === undefined) throw new Error(`${row.name} has no column ${key}.`)
    const found = all.filter((played) => setting === 'all' || played.setting === setting)
    const nothing: Played = { row: row.name, setting, rounds: {}, failures: {} }
    return (found.length === 0 ? [nothing] : found).map((played) =>
      judged({ row, all, played, of, column }, goal),
    )
  })

/** One line of a list. */
export const verdictLine = ({ outcome, wanted, found, missedBy, why }: Verdict): string => {
  if (outcome === 'not measured') return `- Goal **not measured**: ${wanted}.`
  const by = Number.isFinite(missedBy) ? ` by ${short(100 * missedBy)} %` : ''
  const word = outcome === 'met' ? 'met' : `missed${by}`
  return `- Goal **${word}**: ${wanted}. Measured: ${found}.${why === '' ? '' : ` ${why}`}`
}
