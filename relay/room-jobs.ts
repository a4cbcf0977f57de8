import type { Clock } from './clock.ts'
import { DEFAULT_JOBS, createJobRunner } from './jobs/job-runner.ts'
import type { JobFailure, JobRunner } from './jobs/job-runner.ts'
import type { JobKinds } from './jobs/kinds/job-kinds.ts'
import { DEFAULT_QUARANTINE, createQuarantine } from './jobs/quarantine.ts'

export type RoomJobs = JobRunner<JobKinds> & {
  /** J6: an operator's word; says whether there was anything to release. */
  readonly release: (room: string) => boolean
  /** J6: how many rooms' jobs are refused now. */
  readonly refusedRooms: () => number
}

/** Makes the jobs of one relay, which hears of those that fail. */
export type MakeRoomJobs = (
  clock: Clock,
  deadlineMs: number,
  onFailure: (failure: JobFailure) => void,
) => RoomJobs

/** Processes of this machine; the first one is started with the first job. */
export const processJobs: MakeRoomJobs = (clock, deadlineMs, onFailure) => {
  const quarantine = createQuarantine(DEFAULT_QUARANTINE)
  const runner = createJobRunner<JobKinds>(
    { ...DEFAULT_JOBS, deadlineMs },
    { clock, quarantine, onFailure },
  )
  return {
    ...runner,
    release: quarantine.release,
    refusedRooms: () => quarantine.rows(clock.now()).length,
  }
}
