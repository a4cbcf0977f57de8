import type { Clock } from '../clock.ts'
import { JobError } from './job-error.ts'
import type { FromChild, JobPage, ToChild } from './job-messages.ts'
import { startJobProcess } from './job-process.ts'
import type { JobProcess, ProcessLimits } from './job-process.ts'

export type SlotOptions = ProcessLimits & {
  readonly childUrl: URL
  readonly clock: Clock
  /** From the start of a process until it can be given jobs. */
  readonly startMs: number
  /** For one page of a job's input to be read. */
  readonly inputMs: number
  /** A process that holds more than this after a job is replaced before the next one. */
  readonly retireMb: number
}

export type SlotJob = {
  readonly kind: string
  readonly input: unknown
  readonly pages: AsyncIterable<JobPage> | undefined
  /** J3: the time that the child may take over all of it; what its input takes to be read is not counted. */
  readonly deadlineMs: number
}

export type JobSlot = {
  /** One at a time. Rejects with a {@link JobError}. */
  readonly run: (job: SlotJob) => Promise<unknown>
  /** Ends its process, and resolves when that is gone. A job under way is rejected. */
  readonly stop: () => Promise<void>
  /** Processes that are there, those included that were told to end. */
  readonly processes: () => number
}

const BYTES_PER_MB = 1024 * 1024
/** A timer that is this late shows that our own loop stood still, and then the answer may lie there unread. */
const LATE_MS = 50
const GRACE_MS = 250

/** Runs `expire` after `ms`; if that comes late, a moment later again, so that nobody pays for our own stall. */
const patientTimer = (clock: Clock, ms: number, expire: () => void): (() => void) => {
  const due = clock.now() + ms
  let cancel = clock.setTimer(ms, () => {
    if (clock.now() - due < LATE_MS) return expire()
    cancel = clock.setTimer(GRACE_MS, expire)
  })
  return () => cancel()
}

/** The talk about one job. Whatever goes wrong ends all of it, whoever waits for what. */
type Talk = {
  /** Rejects as soon as the job has failed. */
  readonly broken: Promise<never>
  readonly fail: (error: JobError) => void
  /** Says something and waits for the word that answers it, while the job's time runs. */
  readonly ask: <Type extends FromChild['type']>(
    message: ToChild,
    expected: Type,
  ) => Promise<Extract<FromChild, { type: Type }>>
}

const talkWith = (child: JobProcess, job: number, clock: Clock, deadlineMs: number): Talk => {
  let leftMs = deadlineMs
  let waiting: { readonly type: string; readonly take: (said: FromChild) => void } | undefined
  let fail: (error: JobError) => void = () => undefined
  const broken = new Promise<never>((_, reject) => (fail = reject))
  // Somebody races with it only while there is something to wait for.
  broken.catch(() => undefined)

  child.listen((said) => {
    // What a job before this one said too late: nobody waits for it, and this one is not to blame.
    if (said.type !== 'ready' && said.job < job) return
    const isOurs = said.type !== 'ready' && said.job === job
    if (isOurs && said.type === 'failed') return fail(new JobError(said.code, said.sentence))
    if (!isOurs || said.type !== waiting?.type) {
      return fail(new JobError('wrong-answer', 'The job answered what nobody had asked.'))
    }
    waiting.take(said)
  })
  void child.ended.then((error) => fail(error))

  const ask: Talk['ask'] = (message, type) => {
    const began = clock.now()
    const cancel = patientTimer(clock, leftMs, () => {
      fail(new JobError('deadline', `The job gave no answer within ${deadlineMs} ms.`))
    })
    const answered = new Promise<FromChild>((take) => (waiting = { type, take }))
    child.send(message)
    return Promise.race([answered, broken]).finally(() => {
      cancel()
      waiting = undefined
      leftMs -= clock.now() - began
    }) as ReturnType<Talk['ask']> as Promise<never>
  }
  return { broken, fail: (error) => fail(error), ask }
}

/** J7: the pages one after another, each read only when the child has taken the one before it. */
const sendPages = async (
  talk: Talk,
  job: number,
  pages: AsyncIterable<JobPage>,
  { clock, inputMs }: SlotOptions,
): Promise<void> => {
  const reader = pages[Symbol.asyncIterator]()
  const nextPage = async (): Promise<IteratorResult<JobPage>> => {
    const slow = new JobError('input', `A page of the input was not read within ${inputMs} ms.`)
    const cancel = patientTimer(clock, inputMs, () => talk.fail(slow))
    try {
      return await Promise.race([reader.next(), talk.broken])
    } catch (cause) {
      if (cause instanceof JobError) throw cause
      throw new JobError('input', 'The input of the job could not be read.', { cause })
    } finally {
      cancel()
    }
  }
  try {
    for (let next = await nextPage(); !next.done; next = await nextPage()) {
      await talk.ask({ type: 'page', job, page: next.value }, 'taken')
    }
  } catch (error) {
    // A reader that hangs is not waited for, and what it says at the end is no longer of interest.
    reader.return?.().catch(() => undefined)
    throw error
  }
}

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

/** A place for one job at a time, and the process in it, which is started when it is needed and replaced after any failure. */
export const createJobSlot = (options: SlotOptions): JobSlot => {
  let child: { readonly process: JobProcess; readonly ready: Promise<void> } | undefined
  const alive = new Set<JobProcess>()
  let isStopped = false
  let jobs = 0

  const drop = (): void => {
    child?.process.kill()
    child = undefined
  }

  /** Throws where the system has no room for another one. */
  const start = (): NonNullable<typeof child> => {
    const process = startJobProcess(options.childUrl, options)
    const ready = untilReady(process, options)
    ready.catch(() => undefined)
    const started = { process, ready }
    alive.add(process)
    void process.ended.then(() => {
      alive.delete(process)
      if (child === started) child = undefined
    })
    child = started
    return started
  }

  /** Between two jobs a child has nothing to say: what it says then must not be taken for the next one's. */
  const listenToNone = (process: JobProcess): void => {
    process.listen(() => {
      if (child?.process === process) drop()
    })
  }

  const runIn = async (process: JobProcess, { kind, input, pages, deadlineMs }: SlotJob) => {
    const job = ++jobs
    const talk = talkWith(process, job, options.clock, deadlineMs)
    process.send({ type: 'start', job, kind, input })
    if (pages !== undefined) await sendPages(talk, job, pages, options)
    const { answer, rssBytes } = await talk.ask({ type: 'end', job }, 'answer')
    listenToNone(process)
    if (rssBytes > options.retireMb * BYTES_PER_MB) drop()
    return answer
  }

  return {
    run: async (job) => {
      const { process, ready } = child ?? start()
      await ready.catch((error: unknown) => {
        drop()
        throw error
      })
      try {
        return await runIn(process, job)
      } catch (error) {
        drop()
        // Whoever comes next finds it started.
        if (!isStopped) start()
        throw error
      }
    },
    stop: async () => {
      isStopped = true
      child = undefined
      const ending = [...alive]
      for (const process of ending) {
        process.hold()
        process.kill()
      }
      await Promise.all(ending.map(({ ended }) => ended))
    },
    processes: () => alive.size,
  }
}
