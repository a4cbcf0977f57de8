import type { Edit } from '../build/bundle.mjs'
import type { Tier } from '../run/plan.ts'

/**
 * A bug that somebody could write: one edit of production source, or several where one defence covers for another. `holds` is the
 * rule of protocol/SPEC.md that it breaks.
 */
export type Mutant = {
  readonly id: string
  readonly what: string
  readonly holds: string
  readonly tier: Tier
  readonly edits: readonly Edit[]
}

/** In `file`, the text `find`, which it has exactly once, becomes `replace`. */
export const edit = (file: string, find: string, replace: string): Edit => ({
  file,
  find,
  replace,
})

const asMutants =
  (tier: Tier) =>
  (id: string, holds: string, what: string, ...edits: readonly Edit[]): Mutant => ({
    id,
    what,
    holds,
    tier,
    edits,
  })

/** Seen by events alone. */
export const fast = asMutants('fast')

/** Seen only where pages help each other. */
export const helped = asMutants('helped')

/** Seen only where there are real documents. */
export const documents = asMutants('documents')
