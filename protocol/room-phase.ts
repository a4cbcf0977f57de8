import { PART_CODES } from './frame.ts'
import type { PartCode } from './frame.ts'
import type { Millis } from './ids.ts'
import type { RoomPhase } from './room-step.ts'

/** A join that has no answer for so long has none. */
export const ANSWER_MS = 6000
/** So many pulls in a row without an answer mean that the relay knows nothing of our join any more. */
export const MOST_UNANSWERED_PULLS = 4
/** A relay that names no time to come back after is not asked in a tight loop. */
const LEAST_RETRY_MS = 500

/** Where a room is that the relay let go: for good, or to be joined again, not by everybody at once. */
export const parted = (
  code: PartCode,
  retryAfterMs: number,
  now: Millis,
  random: () => number,
): RoomPhase => {
  if (PART_CODES[code].final) return { type: 'refused', code }
  const waitMs = Math.max(LEAST_RETRY_MS, retryAfterMs)
  return { type: 'apart', retryAt: now + waitMs * (1 + random()) }
}

/** The phase as if what it waits for had been asked now. */
export const postponed = (phase: RoomPhase, now: Millis): RoomPhase => {
  if (phase.type === 'joining') return { ...phase, since: now }
  const isPulling = 'pullSince' in phase && phase.pullSince !== undefined
  return isPulling ? { ...phase, pullSince: now } : phase
}
