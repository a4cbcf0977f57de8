import type { FaultKind } from './fault-kinds.ts'

/** What did not stay true. `invariant` is a number of docs/simulator.md's invariants, such as `I3`. */
export type Failure = {
  readonly invariant: string
  readonly sentence: string
  /** Virtual time, and the place of the last step that was taken before it. */
  readonly atMs: number
  readonly step: number
}

/** What happened in a run, so that a run in which nothing did is seen. */
export type Counters = {
  writes: number
  stored: number
  acked: number
  applied: number
  resent: number
  deduplicated: number
  recovered: number
  adopted: number
  rehomed: number
  reconnects: number
  resets: number
  offeredAgain: number
  toldToWait: number
  /** C12: records that pages gave back to a relay that had lost them. */
  givenBack: number
  /** S18: logs that were compacted, once more or for the first time. */
  compactions: number
  /** K7: receipts that relays signed. */
  receipted: number
  /** P3, P5: messages between tabs. */
  handedOn: number
  /** I31: edits of pages without a relay that others saw through, once all was well. */
  seenThrough: number
}

export const NO_COUNTERS: Readonly<Counters> = {
  writes: 0,
  stored: 0,
  acked: 0,
  applied: 0,
  resent: 0,
  deduplicated: 0,
  recovered: 0,
  adopted: 0,
  rehomed: 0,
  reconnects: 0,
  resets: 0,
  offeredAgain: 0,
  toldToWait: 0,
  givenBack: 0,
  compactions: 0,
  receipted: 0,
  handedOn: 0,
  seenThrough: 0,
}

export type RunResult = {
  readonly seed: number
  readonly failure: Failure | undefined
  /** 16 hexadecimal digits; the same for the same plan and the same code. */
  readonly traceHash: string
  readonly events: number
  readonly steps: number
  readonly counters: Readonly<Counters>
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
}
