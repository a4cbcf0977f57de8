import type { Figures } from './row.ts'
import { short, summaryOf } from './stats.ts'

const valuesOf = (rounds: readonly Figures[], key: string): number[] =>
  rounds.map((figures) => figures[key]).filter((value): value is number => value !== undefined)

/** The median of a figure over rounds, and behind it the least and the most. */
export const cell = (rounds: readonly Figures[], key: string): string => {
  const values = valuesOf(rounds, key)
  if (values.length === 0) return '–'
  const { median: middle, least, most } = summaryOf(values)
  return least === most ? short(middle) : `${short(middle)} (${short(least)}–${short(most)})`
}
