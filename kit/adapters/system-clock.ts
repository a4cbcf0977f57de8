import type { Millis } from '../../protocol/index.ts'
import type { Clock } from '../ports.ts'

/** The longest delay of `setTimeout`: a longer one overflows, and fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's own clock and timers. */
export const systemClock = (): Clock => ({
  now: (): Millis => performance.now(),
  wallMs: (): number => Date.now(),
  wake: (at, callback) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const arm = (): void => {
      const delayMs = Math.min(Math.max(0, Math.ceil(at - performance.now())), MAX_DELAY_MS)
      timer = setTimeout(() => {
        // A timer may be a fraction of a millisecond early: nobody must wake before their time and go back to sleep for good.
        if (performance.now() < at) arm()
        else callback()
      }, delayMs)
    }
    arm()
    return () => {
      clearTimeout(timer)
    }
  },
})
