import { compact } from '../../relay/jobs/kinds/compact.ts'
import { merge, snapshot } from '../../relay/jobs/kinds/folds.ts'
import { difference, news } from '../../relay/jobs/kinds/questions.ts'
import { JobError } from '../../relay/jobs/job-error.ts'
import type { JobKind } from '../../relay/jobs/serve-jobs.ts'
import type { RoomJobs } from '../../relay/room-jobs.ts'
import type { Process } from '../kernel/process.ts'
import type { Draws } from '../kernel/random.ts'

const KINDS: Readonly<Record<string, JobKind>> = { compact, merge, snapshot, difference, news }

/** How long a job takes once its input is read, ms. */
const JOB_MS = [1, 40] as const

/** How far a compaction has come: its job has begun, and has answered; the store is asked, and has committed. */
export type CompactionStage = 'begun' | 'answered' | 'storing' | 'stored'
export const COMPACTION_STAGES: readonly CompactionStage[] = [
  'begun',
  'answered',
  'storing',
  'stored',
]

/** The relay's jobs in its own process of the world: the work is the real one, the child is not. */
export class VirtualJobs implements RoomJobs {
  readonly #process: Process
  readonly #draws: Draws
  readonly #reached: (stage: CompactionStage) => void
  #mustDie = false

  constructor(process: Process, draws: Draws, reached: (stage: CompactionStage) => void) {
    this.#process = process
    this.#draws = draws
    this.#reached = reached
  }

  /** Fault: the child of the next job is killed at its work. */
  killNext(): void {
    this.#mustDie = true
  }

  readonly run: RoomJobs['run'] = async ({ kind, input, pages, isWanted }) => {
    if (isWanted?.() === false) return undefined
    this.#reached('begun')
    const work = KINDS[kind]!(input as never)
    for await (const page of pages ?? []) await work.take(page)
    const isDead = this.#mustDie
    this.#mustDie = false
    const answer = isDead ? undefined : await work.finish()
    await this.#aWhile()
    if (isDead) throw new JobError('crash', 'The virtual child was killed.')
    this.#reached('answered')
    return answer as never
  }

  readonly figures: RoomJobs['figures'] = () => ({ waiting: 0, running: 0, processes: 0 })
  readonly release: RoomJobs['release'] = () => false
  readonly refusedRooms: RoomJobs['refusedRooms'] = () => 0
  readonly stop: RoomJobs['stop'] = () => Promise.resolve()

  #aWhile(): Promise<void> {
    const { scheduler } = this.#process
    scheduler.count++
    return new Promise((resolve) => {
      this.#process.after(this.#draws.between(...JOB_MS), () => {
        scheduler.settles()
        resolve()
      })
    })
  }
}
