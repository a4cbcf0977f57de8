import type { DownFrame, UpFrame } from './frame.ts'
import { RepairRun } from './repair-run.ts'
import type { KeptRun } from './repair-run.ts'
import type { Restored } from './room-step.ts'

type Answer = Extract<DownFrame, { type: 'repaired' | 'restored' }>

/** C12: what a page gives back to a relay that lost it, and what all pages have given back. */
export class GiveBack {
  /** As far as the relay has told. */
  restored: Restored | undefined
  #run: RepairRun | undefined

  begin(run: KeptRun): void {
    this.#run = new RepairRun(run)
  }

  /** The stay in the room on which it was given is over. */
  end(): void {
    this.#run = undefined
  }

  logBeginsAnew(): void {
    this.end()
    this.restored = undefined
  }

  /** Whether more may be given now. */
  take(frame: Answer): boolean {
    if (frame.type === 'repaired') {
      this.#run?.answered(frame.left)
      return true
    }
    this.restored = { records: frame.records, sessions: frame.sessions }
    return this.#run?.othersGave(frame.records) === true
  }

  /** The next part, the end of it told once, or nothing now. */
  next(ref: number, maxFrameBytes: number): UpFrame | 'over' | undefined {
    const frame = this.#run?.frame(ref, maxFrameBytes)
    return frame ?? (this.#run?.isOver === true ? 'over' : undefined)
  }
}
