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
  /** What we want of ours: by which factor of a contestant, at the most (or, where more is better, at the least). */
  readonly goal?: { readonly against: ContestantName; readonly ratio: number }
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
  readonly settings: (isQuick: boolean) => readonly Setting[]
  readonly run: (stage: Stage, setting: Setting) => Promise<Figures>
}
