import type { Millis } from './ids.ts'

/**
 * The one shape of everything that decides: synchronous, total, without clock, randomness or I/O. The same class runs
 * in the browser, in Node and in a simulator.
 */
export interface Machine<Input, Effect> {
  /** Takes one input and says what is to be done. Throws only on our own bugs. */
  handle(input: Input, now: Millis): readonly Effect[]
  /** When the machine wants to be told the time next; it owns no timer. */
  deadline(): Millis | undefined
}

/** Our own invariants: a broken one is a bug of ours, never a peer's doing. Kept on in production. */
export function assert(holds: boolean, invariant: string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${invariant}`)
}
