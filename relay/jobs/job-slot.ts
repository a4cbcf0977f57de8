import type { ProcessLimits } from './child-process.ts'
import { JobError } from './job-error.ts'
import { startJobProcess } from './job-process.ts'
import type { JobProcess } from './job-process.ts'
import { talkAbout } from './job-talk.ts'
import type { TalkTimes, TalkedJob } from './job-talk.ts'

export type SlotOptions = ProcessLimits &
  TalkTimes & {
    readonly childUrl: URL
    /** From the start of a process until it can be given jobs. */
    readonly startMs: number
    /** A process that holds more than this after a job is replaced before the next one. */
    readonly retireMb: number
  }

export type JobSlot = {
  /** One at a time. `isSuspect`: of a room that failed lately (J16). Rejects with a {@link JobError}. */
  readonly run: (job: Omit<TalkedJob, 'number'>, isSuspect: boolean) => Promise<unknown>
  /** When a process that is being replaced can be given jobs, or cannot be had; undefined if none is. Never rejects. */
  readonly replaced: () => Promise<void> | undefined
  /** Ends its process, and resolves when that is gone. A job under way is rejected. */
  readonly stop: () => Promise<void>
  /** Processes that are there, those included that were told to end. */
  readonly processes: () => number
}

type Started = {
  readonly process: JobProcess
  readonly ready: Promise<void>
  /** Whether a job waited for it from the beginning. */
  readonly isHurried: boolean
}

const BYTES_PER_MB = 1024 * 1024

const untilReady = async (child: JobProcess, { clock, startMs }: SlotOptions): Promise<void> => {
  let cancel = (): void => undefined
  const ready = new Promise<void>((resolve, reject) => {
    child.listen(() => resolve())
    const late = new JobError('no-process', `A process for jobs was not ready in ${startMs} ms.`)
    cancel = clock.setTimer(startMs, () => reject(late))
    void child.ended.then((cause) => {
      reject(new JobError('no-process', 'A process for jobs ended at its start.', { cause }))
    })
  })
  await ready.finally(() => cancel())
}

const endAll = async (processes: readonly JobProcess[]): Promise<void> => {
  for (const process of processes) {
    process.hold()
    process.kill()
  }
  await Promise.all(processes.map(({ ended }) => ended))
}

/** A place for one job at a time, and the process in it, which is started when it is needed and replaced after any failure. */
export const createJobSlot = (options: SlotOptions): JobSlot => {
  let child: Started | undefined
  const alive = new Set<JobProcess>()
  let replaced: Promise<void> | undefined
  let isStopped = false
  let jobs = 0

  const drop = (): void => {
    child?.process.kill()
    child = undefined
  }

  const start = (isHurried: boolean): Started => {
    const process = startJobProcess(options.childUrl, options, isHurried)
    const ready = untilReady(process, options)
    ready.catch(() => undefined)
    const started: Started = { process, ready, isHurried }
    alive.add(process)
    void process.ended.then(() => {
      alive.delete(process)
      if (child === started) child = undefined
    })
    child = started
    return started
  }

  /** Begins at once, so that whoever comes next finds it ready. */
  const replace = (): void => {
    drop()
    if (isStopped) return
    const forget = (): void => void (replaced = undefined)
    // Where none can be had the next job tries again, and says it.
    replaced = start(false).ready.then(forget, forget)
  }

  /** Between two jobs a child has nothing to say: what it says then must not be taken for the next one's. */
  const listenToNone = (process: JobProcess): void => {
    process.listen(() => {
      if (child?.process === process) drop()
    })
  }

  return {
    run: async (job, isSuspect) => {
      const { process, ready, isHurried } = child ?? start(true)
      if (!isHurried) process.rise()
      await ready.catch((error: unknown) => {
        drop()
        throw error
      })
      if (isSuspect) process.sink()
      try {
        const { answer, rssBytes } = await talkAbout(process, { ...job, number: ++jobs }, options)
        listenToNone(process)
        if (isSuspect || rssBytes > options.retireMb * BYTES_PER_MB) replace()
        return answer
      } catch (error) {
        replace()
        throw error
      }
    },
    replaced: () => replaced,
    stop: async () => {
      isStopped = true
      child = undefined
      await endAll([...alive])
    },
    processes: () => alive.size,
  }
}
