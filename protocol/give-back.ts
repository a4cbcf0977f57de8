import type { DownFrame, UpFrame } from './frame.ts'
import type { Millis } from './ids.ts'
import { RepairRun } from './repair-run.ts'
import type { KeptRun } from './repair-run.ts'
import type { Restored } from './room-step.ts'

/** A part is a quarter of a megabyte at the most, and its answer waits for the disk: this much is time for both on a slow link. */
const ANSWER_MS = 30_000

type Answer = Extract<DownFrame, { type: 'repaired' | 'restored' }>

/** C12: what a page gives back to a relay that lost it, and what all pages have given back. */
export class GiveBack {
  /** As far as the relay has told. */
  restored: Restored | undefined
  #run: RepairRun | undefined
  /** Since when a part has no answer. */
  #unansweredSince: Millis | undefined

  deadline(): Millis | undefined {
    return this.#unansweredSince === undefined ? undefined : this.#unansweredSince + ANSWER_MS
  }

  begin(run: KeptRun): void {
    this.#run = new RepairRun(run)
  }

  /** The stay in the room on which it was given is over. */
  end(): void {
    this.#run = undefined
    this.#unansweredSince = undefined
  }

  /** W22: an answer cannot be here before. */
  postpone(now: Millis): void {
    if (this.#unansweredSince !== undefined) this.#unansweredSince = now
  }

  /** Whether a part is unanswered for so long that it, or its answer, was lost. */
  isUnanswered(now: Millis): boolean {
    return now >= (this.deadline() ?? Infinity)
  }

  logBeginsAnew(): void {
    this.end()
    this.restored = undefined
  }

  /** Whether more may be given now. */
  take(frame: Answer): boolean {
    if (frame.type === 'repaired') {
      this.#run?.answered(frame.left)
      this.#unansweredSince = undefined
      return true
    }
    this.restored = { records: frame.records, sessions: frame.sessions }
    return this.#run?.othersGave(frame.records) === true
  }

  /** The next part, the end of it told once, or nothing now. */
  next(ref: number, maxFrameBytes: number, now: Millis): UpFrame | 'over' | undefined {
    const frame = this.#run?.frame(ref, maxFrameBytes)
    if (frame !== undefined) this.#unansweredSince = now
    return frame ?? (this.#run?.isOver === true ? 'over' : undefined)
  }
}
