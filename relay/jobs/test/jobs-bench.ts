import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { systemClock } from '../../clock.ts'
import { createJobRunner, DEFAULT_JOBS } from '../job-runner.ts'
import type { JobFailure, JobRunner, JobRunnerOptions, KindMap } from '../job-runner.ts'
import { JobError } from '../job-error.ts'
import { createQuarantine, DEFAULT_QUARANTINE } from '../quarantine.ts'
import type { Quarantine } from '../quarantine.ts'

/** The kinds of `hostile-child.ts`, which answer what they like. */
export type AnyKinds = Record<string, { readonly input: unknown; readonly answer: unknown }> &
  KindMap

export const HOSTILE_CHILD = new URL('./hostile-child.ts', import.meta.url)

export type JobsBench = {
  readonly runner: JobRunner<AnyKinds>
  readonly quarantine: Quarantine
  readonly failures: JobFailure[]
}

export const jobsBench = (
  options: Partial<JobRunnerOptions> = {},
  childUrl = HOSTILE_CHILD,
  quarantine = createQuarantine(DEFAULT_QUARANTINE),
): JobsBench => {
  const failures: JobFailure[] = []
  const runner = createJobRunner<AnyKinds>(
    // A busy machine takes its time to start programs from source.
    { ...DEFAULT_JOBS, startMs: 60_000, ...options },
    {
      clock: systemClock,
      quarantine,
      childUrl,
      onFailure: (failure) => failures.push(failure),
    },
  )
  return { runner, quarantine, failures }
}

/** The code with which a job failed; undefined if it has an answer. */
export const codeOf = async (job: Promise<unknown>): Promise<string | undefined> => {
  try {
    await job
    return undefined
  } catch (error) {
    if (error instanceof JobError) return error.code
    throw error
  }
}

/** Linux keeps a dead process's number until its parent asks, and the one of an orphan may take its time. */
const isZombie = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && / Z \d+/.test(readFileSync(stat, 'utf8'))
}

/** Whether a process is there and does something. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/** Linux says it of a process behind the name of its program, which stands in parentheses. */
const parentOf = (pid: string): number | undefined => {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
  } catch {
    return undefined
  }
}

const pidsBelow = (parents: readonly number[]): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parents.includes(parentOf(name) ?? 0))
    .map(Number)

/** What starts the processes of this process's jobs; tsx has one of its own beside it. */
export const parentsOfJobs = (): number[] =>
  pidsBelow([process.pid]).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('job-nursery'),
  )

/** The processes that do this process's jobs, and how far each stands back. */
export const niceOfJobs = (): ReadonlyMap<number, number> =>
  new Map(pidsBelow(parentsOfJobs()).map((pid) => [pid, getPriority(pid)]))

/** Waits until something holds, at most `ms`. */
export const untilTrue = async (holds: () => boolean, ms: number): Promise<boolean> => {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}
