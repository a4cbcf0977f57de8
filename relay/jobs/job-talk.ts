import type { Clock } from '../clock.ts'
import { JobError } from './job-error.ts'
import type { FromChild, JobPage, ToChild } from './job-messages.ts'
import type { JobProcess } from './job-process.ts'

export type TalkedJob = {
  /** Of its process: each greater than the one before it. */
  readonly number: number
  readonly kind: string
  readonly input: unknown
  readonly pages: AsyncIterable<JobPage> | undefined
  /** J3: the time that the child may take over one step, and over all of them; what its input takes to be read is not counted. */
  readonly deadlineMs: number
  readonly totalMs: number
}

export type TalkTimes = {
  readonly clock: Clock
  /** For one page of a job's input to be read. */
  readonly inputMs: number
}

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

const talkWith = (
  child: JobProcess,
  { number: job, deadlineMs, totalMs }: TalkedJob,
  clock: Clock,
): Talk => {
  let leftMs = totalMs
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
    const withinMs = Math.min(deadlineMs, leftMs)
    const cancel = patientTimer(clock, withinMs, () => {
      const of = withinMs === deadlineMs ? `${deadlineMs} ms` : `${totalMs} ms in all`
      fail(new JobError('deadline', `The job gave no answer within ${of}.`))
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
  { clock, inputMs }: TalkTimes,
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

/** A whole job with a process that is ready: its answer, and what the process holds then. Rejects with a {@link JobError}. */
export const talkAbout = async (
  process: JobProcess,
  job: TalkedJob,
  times: TalkTimes,
): Promise<{ readonly answer: unknown; readonly rssBytes: number }> => {
  const { number, kind, input, pages } = job
  const talk = talkWith(process, job, times.clock)
  process.send({ type: 'start', job: number, kind, input })
  if (pages !== undefined) await sendPages(talk, number, pages, times)
  return talk.ask({ type: 'end', job: number }, 'answer')
}
