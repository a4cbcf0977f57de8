import { readFileSync } from 'node:fs'

const NS_PER_MS = 1_000_000

/**
 * How long this thread has had a core to itself, in ms. Where the system does not say it (only Linux does, in proc(5)
 * `schedstat`), the time of the clock: there other programs count as well.
 */
export const coreMs = (): number => {
  try {
    const [ns] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')
    return Number(ns) / NS_PER_MS
  } catch {
    return performance.now()
  }
}
