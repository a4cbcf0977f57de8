import type { Scheduler } from '../kernel/scheduler.ts'

export type Pump = { readonly hold: () => void; readonly release: () => void; stop(): void }

/** How much virtual time passes at the most in one turn of the event loop, and in one while it is held. */
const TURN_MS = 1_000_000
const HELD_TURN_MS = 1

/** Longer than a held pump lets pass while a check looks: what takes this long waits for {@link Pump.release}. */
export const HELD_MS = 10_000

/** Lets virtual time pass by itself, an event at a time, for tests that wait for promises as if time were real. */
export const startPump = (scheduler: Scheduler): Pump => {
  let isOver = false
  let turnMs = TURN_MS
  const turn = async (): Promise<void> => {
    const before = scheduler.count
    await scheduler.runUntil(scheduler.now + turnMs, () => scheduler.count > before)
    if (!isOver) setImmediate(() => void turn())
  }
  setImmediate(() => void turn())
  return {
    hold: () => {
      turnMs = HELD_TURN_MS
    },
    release: () => {
      turnMs = TURN_MS
    },
    stop: () => {
      isOver = true
    },
  }
}
