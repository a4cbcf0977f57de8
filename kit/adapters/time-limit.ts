/** Events that waited while this page stood still get this long to arrive before their lateness is judged. */
const GRACE_MS = 50

/**
 * Calls `expired` after `limitMs`, unless given up before. A page that was frozen finds its timers due before it has
 * seen the events that came in time, hence the second, short timer.
 */
export const startTimeLimit = (limitMs: number, expired: () => void): (() => void) => {
  let timer = setTimeout(() => {
    timer = setTimeout(expired, GRACE_MS)
  }, limitMs)
  return () => {
    clearTimeout(timer)
  }
}
