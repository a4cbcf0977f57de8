import type { LoopJudgeOptions, StallReport } from './loop-judge.ts'
import { markerWriter, newMarkerMemory } from './room-marker.ts'
import { startThread } from './start-code.ts'
import { NO_WORK_NOTE } from './work-note.ts'
import type { WorkNote } from './work-note.ts'

export type LoopWatchSetup = {
  readonly memory: SharedArrayBuffer
  readonly fd: number
  readonly options: LoopJudgeOptions
}

export type LoopWatchOptions = Partial<LoopJudgeOptions> & {
  /** Where a line of JSON is written as soon as the loop stands still, and when it works again; 2 is stderr. */
  readonly fd?: number
  /** J15: hears of the same rooms. */
  readonly note?: WorkNote
  /** Hears the same, but only once the loop works again. */
  readonly onReport?: (report: StallReport) => void
}

export type LoopWatch = {
  /** Work for a room begins. Synchronous work only: what awaits must leave first. */
  readonly enter: (room: string) => void
  readonly leave: () => void
  /** Both around a function. */
  readonly during: <Result>(room: string, work: () => Result) => Result
  /** When the thread looks. Rejects if it cannot be started. */
  readonly ready: Promise<void>
  readonly stop: () => Promise<void>
}

/** First choices of ours: a stall is longer than what a person notices, and shorter than any deadline of a heartbeat. */
export const DEFAULT_LOOP_WATCH: LoopJudgeOptions = { stallMs: 500, lookMs: 50 }

/** J10: watches the event loop that it is called in, from a thread beside it. Holds no process open. */
export const startLoopWatch = ({
  stallMs = DEFAULT_LOOP_WATCH.stallMs,
  lookMs = DEFAULT_LOOP_WATCH.lookMs,
  fd = 2,
  note = NO_WORK_NOTE,
  onReport,
}: LoopWatchOptions = {}): LoopWatch => {
  const memory = newMarkerMemory()
  const marker = markerWriter(memory)
  let inside: string | undefined
  const enter = (room: string): void => {
    inside = room
    marker.enter(room)
    note.enter(room)
  }
  const leave = (): void => {
    inside = undefined
    marker.leave()
    note.leave()
  }
  const setup: LoopWatchSetup = { memory, fd, options: { stallMs, lookMs } }
  const thread = startThread('loop-watch-thread', setup)
  const beats = setInterval(marker.beat, lookMs).unref()

  const ready = new Promise<void>((resolve, reject) => {
    thread.once('message', () => {
      resolve()
      // A test that waits for it must not end before; a relay need not wait.
      thread.unref()
      thread.on('message', (report: StallReport) => onReport?.(report))
    })
    thread.once('error', reject)
  })
  // Without it the relay works as well, and whoever wants to know asks `ready`.
  ready.catch(() => undefined)
  return {
    enter,
    leave,
    during: (room, work) => {
      const around = inside
      // What a room's work begins for the same room is told of already.
      if (around === room) return work()
      enter(room)
      try {
        return work()
      } finally {
        if (around === undefined) leave()
        else enter(around)
      }
    },
    ready,
    stop: async () => {
      clearInterval(beats)
      await thread.terminate()
    },
  }
}
