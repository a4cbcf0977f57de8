import { logPages } from '../../jobs/log-pages.ts'
import type { JobKinds } from '../../jobs/kinds/job-kinds.ts'
import type { RoomJobs } from '../../room-jobs.ts'
import type { RoomLog } from '../../room-log.ts'
import { SharedAnswers } from './shared-answers.ts'

type Kind = Extract<keyof JobKinds, 'difference' | 'news'>

/** What is asked of a log's document, and of what kind. */
export type Question = { [Each in Kind]: { readonly kind: Each } & JobKinds[Each]['input'] }[Kind]

/** `through`: the offset up to which the log was read. */
export type Answered = { readonly answer: JobKinds[Kind]['answer']; readonly through: number }

/** What of a room's log is needed to ask about it. */
export type QuestionedLog = Pick<
  RoomLog,
  'room' | 'head' | 'compactedThrough' | 'documentPageBehind'
>

/** Who has nothing asks a log that has nothing: the most of what new rooms are asked, and no work for a process. */
const NOTHING: Answered = {
  answer: { type: 'difference', update: Uint8Array.of(0, 0), vector: Uint8Array.of(0) },
  through: 0,
}

const isEmptyVector = (vector: Uint8Array): boolean => vector.length === 1 && vector[0] === 0

/** Y3: asks a process beside the relay about a log. */
export class LogQuestions {
  readonly #jobs: Pick<RoomJobs, 'run'> | undefined
  readonly #pageBytes: number
  readonly #shared: SharedAnswers<Answered>

  /** `shared` is called for each who gets what was made for another. */
  constructor(jobs: Pick<RoomJobs, 'run'> | undefined, pageBytes: number, shared?: () => void) {
    this.#jobs = jobs
    this.#pageBytes = pageBytes
    this.#shared = new SharedAnswers(
      ({ answer }) =>
        answer.type === 'difference' ? answer.update.length + answer.vector.length : undefined,
      shared,
    )
  }

  /**
   * `least`: the offset up to which the answer has to go at the least. Resolves with undefined where nobody wants the answer any more. Rejects with a `JobError` where there is none, or not in time.
   */
  ask(
    log: QuestionedLog,
    question: Question,
    isWanted: () => boolean,
    least: number = log.head,
  ): Promise<Answered | undefined> {
    if (question.kind !== 'difference') return this.#run(log, question, isWanted)
    if (log.head === 0 && isEmptyVector(question.vector)) return Promise.resolve(NOTHING)
    return this.#shared.ask(log, { vector: question.vector, least }, isWanted, (isAnyWanted) =>
      this.#run(log, question, isAnyWanted),
    )
  }

  async #run(
    log: QuestionedLog,
    { kind, ...input }: Question,
    isWanted: () => boolean,
  ): Promise<Answered | undefined> {
    if (this.#jobs === undefined) throw new Error('this relay was made without jobs')
    const readable = {
      get head() {
        return log.head
      },
      pageBehind: (after: number, maxBytes: number) => log.documentPageBehind(after, maxBytes),
    }
    const { pages, through } = logPages(readable, this.#pageBytes)
    const request = { room: log.room, kind, input: input as never, pages, isWanted }
    const answer = await this.#jobs.run(request)
    return answer === undefined ? undefined : { answer, through: through() }
  }
}
