import { constants, getPriority, setPriority } from 'node:os'

const own = getPriority()
const LOWEST = constants.priority.PRIORITY_LOW

/**
 * J16: what a job's process stands back by, as `nice` counts. Where both want a core the relay has three quarters of it: enough that a job
 * that loops is hardly felt, and little enough that an honest one keeps to its deadline. Of `furthest` is what has only what nobody else
 * wants: the jobs of a room that failed lately, and a start that nobody waits for.
 */
const STANDS_AT = { usual: Math.min(LOWEST, own + 5), furthest: LOWEST }

/** Whether a process may take back what it gave way by. Not every user's may. */
export const mayRise = ((): boolean => {
  try {
    setPriority(own - 1)
    setPriority(own)
    return true
  } catch {
    return false
  }
})()

/** Where the system does not let it, the job runs all the same. */
export const standBack = (pid: number | undefined, how: keyof typeof STANDS_AT): void => {
  if (pid === undefined) return
  try {
    setPriority(pid, STANDS_AT[how])
  } catch {
    // It is gone already, or this system has no such thing.
  }
}
