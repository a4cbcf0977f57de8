import { BUSY, IDLE, startChildWatch } from './child-watch.ts'
import type { ChildFailure, ChildLimits, FromChild, JobPage, ToChild } from './job-messages.ts'

/** One job under way: takes its input page by page, then answers. What it throws is the job's end. */
export type JobWork = {
  readonly take: (page: JobPage) => void | Promise<void>
  /** JSON and bytes. */
  readonly finish: () => unknown
}

export type JobKind = (input: never) => JobWork

export type JobKindsByName = Readonly<Record<string, JobKind>>

const MAX_SENTENCE = 300

const sentenceOf = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
    0,
    MAX_SENTENCE,
  )

/** A turn of the event loop later: what a job left behind rejected has ended this process by then. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The size of an answer as it is sent, at least. */
const sizeOf = (answer: unknown): number => {
  if (answer instanceof Uint8Array) return answer.length
  if (typeof answer === 'string') return answer.length
  if (typeof answer !== 'object' || answer === null) return 8
  return Object.values(answer).reduce((sum: number, value: unknown) => sum + sizeOf(value), 8)
}

/**
 * The child's side: does one job after another, as its parent says. A kind is made for each job anew, so that no job sees
 * anything of the one before it.
 */
export const serveJobs = async (kinds: JobKindsByName): Promise<void> => {
  const limits = JSON.parse(process.argv[2]!) as ChildLimits
  const mood = await startChildWatch(limits)
  let current: { readonly job: number; readonly work: JobWork } | undefined

  const send = (message: FromChild): void => void process.send!(message)
  const fail = (job: number, code: ChildFailure, sentence: string): void => {
    current = undefined
    send({ type: 'failed', job, code, sentence })
  }

  const start = ({ job, kind, input }: Extract<ToChild, { type: 'start' }>): void => {
    const begin = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
    if (begin === undefined) return fail(job, 'unknown-kind', `There is no job "${kind}".`)
    current = { job, work: begin(input as never) }
  }

  const finish = async (job: number, work: JobWork): Promise<void> => {
    const answer = await work.finish()
    const bytes = sizeOf(answer)
    current = undefined
    if (bytes > limits.maxAnswerBytes) {
      return fail(job, 'answer-too-large', `The answer has ${bytes} bytes.`)
    }
    await nextTurn()
    send({ type: 'answer', job, answer, rssBytes: process.memoryUsage.rss() })
  }

  const handle = async (message: ToChild): Promise<void> => {
    const { job } = message
    try {
      if (message.type === 'start') return start(message)
      // It has failed already, and its parent is about to hear of that.
      if (current?.job !== job) return
      if (message.type === 'end') return await finish(job, current.work)
      await current.work.take(message.page)
      send({ type: 'taken', job })
    } catch (error) {
      fail(job, 'threw', sentenceOf(error))
    }
  }

  process.on('message', (message: ToChild) => {
    mood.set(BUSY)
    void handle(message).finally(() => mood.set(IDLE))
  })
  // At once; and where a dead parent keeps its number, the watch would not see it.
  process.on('disconnect', () => process.exit(0))
  send({ type: 'ready' })
}
