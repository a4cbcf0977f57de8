import type { ContestantName } from './contestants.ts'
import type { Stage } from './stage.ts'

/** A figure of a row: what it is called in results, its unit, and which way is better. */
export type Column = {
  readonly key: string
  readonly title: string
  readonly unit: string
  readonly better: 'less' | 'more'
  /** The figure that the row is about: ratios are told of it. */
  readonly isMain?: boolean
  /** A round in which this is above nought is no measurement of anything else. */
  readonly spoils?: boolean
}

/** One of the three bounds, of a figure or of how it stands to another one. */
export type Bound = {
  /** Then the ratio is bounded, or the difference; of several, to the best of them. */
  readonly against?: ContestantName | readonly ContestantName[]
  /** The same, to what this contestant has at another size. */
  readonly againstSetting?: string
  /** Nought is meant of every round, all else of their middle. */
  readonly atMost?: number
  readonly atLeast?: number
  readonly atMostMore?: number
}

/** What we want of ours. */
export type Goal = Bound & {
  /** The size by its name, or `all` that are played. */
  readonly setting: string
  /** `holdfast` where it is left out. */
  readonly of?: ContestantName
  readonly column: string
  /** Another bound, of which it is enough that it holds. */
  readonly or?: Bound
  /** Why it is missed, and what was tried; shown only where it is. No figures of a measurement: they would not change with it. */
  readonly missed?: string
}

export type Figures = Readonly<Record<string, number>>

/** One size of a row: 10 readers, or 50. */
export type Setting = { readonly name: string; readonly value: number }

/** One question, asked in the same way of everybody. */
export type Row = {
  readonly name: string
  readonly title: string
  /** How it is measured, for whoever reads the results. */
  readonly how: string
  readonly columns: readonly Column[]
  readonly contestants: readonly ContestantName[]
  /** Why somebody is not asked, by name or for a peer that is in no row. */
  readonly leftOut?: Readonly<Record<string, string>>
  readonly goals: readonly Goal[]
  readonly settings: (isQuick: boolean) => readonly Setting[]
  readonly run: (stage: Stage, setting: Setting) => Promise<Figures>
}
