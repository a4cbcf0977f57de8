import { logPages } from '../../jobs/log-pages.ts'
import type { JobKinds } from '../../jobs/kinds/job-kinds.ts'
import type { RoomJobs } from '../../room-jobs.ts'
import type { RoomLog } from '../../room-log.ts'

type Kind = Extract<keyof JobKinds, 'difference' | 'news'>

/** What is asked of a log's document, and of what kind. */
export type Question = { [Each in Kind]: { readonly kind: Each } & JobKinds[Each]['input'] }[Kind]

/** `through`: the offset up to which the log was read. */
export type Answered = { readonly answer: JobKinds[Kind]['answer']; readonly through: number }

/** Y3: asks a process beside the relay about a log. */
export class LogQuestions {
  readonly #jobs: RoomJobs | undefined
  readonly #pageBytes: number

  constructor(jobs: RoomJobs | undefined, pageBytes: number) {
    this.#jobs = jobs
    this.#pageBytes = pageBytes
  }

  /** Resolves with undefined where nobody wants the answer any more. Rejects with a `JobError` where there is none, or not in time. */
  async ask(
    log: RoomLog,
    { kind, ...input }: Question,
    isWanted: () => boolean,
  ): Promise<Answered | undefined> {
    if (this.#jobs === undefined) throw new Error('this relay was made without jobs')
    const { pages, through } = logPages(log, this.#pageBytes)
    const request = { room: log.room, kind, input: input as never, pages, isWanted }
    const answer = await this.#jobs.run(request)
    return answer === undefined ? undefined : { answer, through: through() }
  }
}
