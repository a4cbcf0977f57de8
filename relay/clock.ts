import { performance } from 'node:perf_hooks'

/** Time as the relay sees it, so that a test or a simulator can be in charge of it. All times are milliseconds. */
export type Clock = {
  /** Monotonic; its zero means nothing. Everything that decides uses this one. */
  readonly now: () => number
  /** Since 1970: for display and for batches, never for a decision. */
  readonly wallMs: () => number
  /** Runs once, later; the returned function takes it back. */
  readonly setTimer: (ms: number, run: () => void) => () => void
  /** Runs behind everything that sockets have delivered in this turn of the event loop. */
  readonly soon: (run: () => void) => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  soon: (run) => {
    setImmediate(run)
  },
}
