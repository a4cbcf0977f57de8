/** What is flooded with. */
export type FloodParts = {
  /** Writes edit number `n`, from 1. */
  readonly write: (n: number) => void
  /** Resolves when all that was written so far is safe for good; left out where nobody can say. */
  readonly whenSaved?: () => PromiseLike<unknown>
}

export type FloodProgress = {
  readonly count: number
  readonly written: number
  /** From the first edit to the last one; undefined while they are being written. */
  readonly writtenMs: number | undefined
  /** From the first edit until all are saved. */
  readonly savedMs: number | undefined
  /** Whether anybody will ever say that they are saved. */
  readonly isSavedTold: boolean
}

export type Flood = (count: number, tell: (progress: FloodProgress) => void) => Promise<void>

export type FloodClock = {
  /** Monotonic, ms. */
  readonly now: () => number
  /** Resolves when the page has had its turn. */
  readonly yield: () => Promise<void>
}

/** Within a frame of 60 a second with room for what the edits set off. */
const SLICE_MS = 6

const pageClock: FloodClock = {
  now: () => performance.now(),
  yield: () => new Promise((resolve) => setTimeout(resolve, 0)),
}

/** Writes many edits one by one, in slices between which the page lives on. Rejects where `whenSaved` does. */
export const createFlood =
  ({ write, whenSaved }: FloodParts, clock: FloodClock = pageClock): Flood =>
  async (count, tell) => {
    const begunAt = clock.now()
    let written = 0
    const say = (writtenMs?: number, savedMs?: number): void =>
      tell({ count, written, writtenMs, savedMs, isSavedTold: whenSaved !== undefined })
    while (written < count) {
      const sliceEndsAt = clock.now() + SLICE_MS
      do write(++written)
      while (written < count && clock.now() < sliceEndsAt)
      say()
      await clock.yield()
    }
    const writtenMs = clock.now() - begunAt
    say(writtenMs)
    if (whenSaved === undefined) return
    await whenSaved()
    say(writtenMs, clock.now() - begunAt)
  }

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`
const edits = (count: number): string => `${count.toLocaleString('en')} edits`

export const floodWords = (progress: FloodProgress): string => {
  const { count, written, writtenMs, savedMs, isSavedTold } = progress
  if (writtenMs === undefined) {
    return `${written.toLocaleString('en')} of ${edits(count)} written.`
  }
  const done = `${edits(count)} written in ${inSeconds(writtenMs)}.`
  if (savedMs !== undefined) return `${done} All saved ${inSeconds(savedMs)} after the first.`
  return isSavedTold
    ? `${done} Waiting until all are saved.`
    : `${done} The stock provider never says when they are stored.`
}
