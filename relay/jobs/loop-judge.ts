import type { Mark } from './room-marker.ts'

export type StallReport = {
  /** `stalled`: it stands still now. `over`: it works again. */
  readonly type: 'stalled' | 'over'
  /** The room that was worked for last when it stopped; undefined where there was none. */
  readonly room: string | undefined
  /** Whether it still is at work for that room; if not, the stall is not the room's. */
  readonly isInside: boolean
  /** How long it has been still; of `over`: how long it was, to the look. */
  readonly ms: number
}

export type LoopJudgeOptions = {
  /** Without a beat for this long the loop stands still. */
  readonly stallMs: number
  /** How often somebody looks. */
  readonly lookMs: number
}

/**
 * Whether an event loop stands still, from looks at its beat. Of the time between two looks no more than two intervals count:
 * a look that comes late shows that the whole machine slept or was too busy, not that the loop did anything wrong. Pure.
 */
export const createLoopJudge = ({
  stallMs,
  lookMs,
}: LoopJudgeOptions): ((mark: Mark, now: number) => StallReport | undefined) => {
  let lastBeat: number | undefined
  let lastLook: number | undefined
  let stillMs = 0
  let reported: StallReport | undefined

  return ({ beat, room, isInside }, now) => {
    const sinceMs = Math.min(now - (lastLook ?? now), 2 * lookMs)
    lastLook = now
    if (beat !== lastBeat) {
      const over = reported && { ...reported, type: 'over' as const, ms: stillMs }
      lastBeat = beat
      stillMs = 0
      reported = undefined
      return over
    }
    stillMs += sinceMs
    if (reported !== undefined || stillMs < stallMs) return undefined
    reported = { type: 'stalled', room, isInside, ms: stillMs }
    return reported
  }
}
