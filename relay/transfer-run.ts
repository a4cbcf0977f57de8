import { systemClock } from './clock.ts'
import { JobError } from './jobs/job-error.ts'
import { DEFAULT_JOBS, createJobRunner } from './jobs/job-runner.ts'
import type { JobRunner } from './jobs/job-runner.ts'
import type { JobKinds } from './jobs/kinds/job-kinds.ts'
import { DEFAULT_QUARANTINE, createQuarantine } from './jobs/quarantine.ts'
import { RelayError } from './relay-error.ts'
import { StoreError } from './stores/store.ts'
import { TransferError } from './transfer-error.ts'

/** Nobody waits behind it. */
export const PATIENT_MS = 120_000

/** Runs a command with jobs of its own, and says in a line why it could not be done; returns the exit code. */
export const runTransfer = async (
  err: (line: string) => void,
  run: (jobs: JobRunner<JobKinds>) => Promise<void>,
): Promise<number> => {
  const quarantine = createQuarantine(DEFAULT_QUARANTINE)
  const patient = { deadlineMs: PATIENT_MS, startMs: PATIENT_MS, inputMs: PATIENT_MS }
  const jobs = createJobRunner<JobKinds>(
    { ...DEFAULT_JOBS, ...patient },
    { clock: systemClock, quarantine },
  )
  try {
    await run(jobs)
    return 0
  } catch (error) {
    const cause = error instanceof JobError && error.cause !== undefined ? error.cause : error
    const isOurs =
      cause instanceof TransferError ||
      cause instanceof StoreError ||
      cause instanceof RelayError ||
      cause instanceof JobError
    if (!isOurs) throw error
    err(`${cause.code}: ${cause.message}`)
    return 1
  } finally {
    await jobs.stop()
  }
}
