import type { FaultKind } from './fault-kinds.ts'

/**
 * `fast`: events alone, no document is built; `documents`: every page has a real Y.Doc as well; `helped`: events alone, and pages
 * help each other over channels between tabs and over direct links. The first two have neither, so that their runs stay what they were.
 */
export type Tier = 'fast' | 'documents' | 'helped'

export type WriteKind = 'event' | 'counter' | 'board' | 'text' | 'map' | 'delete'

/**
 * One step of a run. It names pages, profiles and rooms by numbers that are taken modulo how many there are, so any list of
 * steps can be run: that is what lets a failing one be shortened.
 */
export type Op =
  | { readonly type: 'wait' }
  | { readonly type: 'back-up' }
  | { readonly type: 'open-tab'; readonly profile: number }
  | {
      readonly type: 'write'
      readonly kind: WriteKind
      readonly tab: number
      readonly room: number
      readonly count: number
    }
  | { readonly type: 'signal'; readonly tab: number; readonly room: number }
  | { readonly type: 'fault'; readonly kind: FaultKind; readonly at: number; readonly ms: number }

/** `afterMs`: how long after the step before it. */
export type Step = { readonly afterMs: number; readonly op: Op }

/** All that decides a run; as JSON it can be kept as a regression. */
export type Plan = {
  readonly seed: number
  readonly tier: Tier
  readonly profiles: number
  readonly rooms: number
  /** Which kinds of faults the run has. */
  readonly mask: readonly FaultKind[]
  readonly steps: readonly Step[]
  /** W22: frames above this travel in pieces; where it is left out none is large enough. */
  readonly pieceBytes?: number
}
