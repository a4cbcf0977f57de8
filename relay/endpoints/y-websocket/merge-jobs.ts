import type { Worker } from 'node:worker_threads'
import type { RoomLog } from '../../room-log.ts'
import { startMergeWorker } from './start-merge-worker.ts'

/** To the thread: a log page by page, then one question about all of it. */
export type MergeMessage =
  | { readonly type: 'page'; readonly batches: readonly Uint8Array[] }
  | { readonly type: 'difference'; readonly job: number; readonly vector: Uint8Array }
  | { readonly type: 'news'; readonly job: number; readonly update: Uint8Array }

export type MergeAnswer =
  /** What the log has beyond the client's vector, and the log's own vector. */
  | {
      readonly type: 'difference'
      readonly job: number
      readonly update: Uint8Array
      readonly vector: Uint8Array
    }
  /** What the client's update has beyond the log; undefined if nothing. */
  | { readonly type: 'news'; readonly job: number; readonly update: Uint8Array | undefined }
  /** What the client said is no vector, or no update. */
  | { readonly type: 'malformed'; readonly job: number }

export type Question =
  | { readonly type: 'difference'; readonly vector: Uint8Array }
  | { readonly type: 'news'; readonly update: Uint8Array }

/** `through`: the offset up to which the log was read. */
export type Merged = { readonly answer: MergeAnswer; readonly through: number }

export type MergeOptions = {
  /** A job that takes longer is given up, and its thread with it. */
  readonly timeoutMs: number
  readonly maxWaiting: number
  readonly pageBytes: number
}

export class MergeRefused extends Error {
  override readonly name = 'MergeRefused'
}

type Job = {
  readonly log: RoomLog
  readonly question: Question
  readonly isWanted: () => boolean
  readonly resolve: (merged: Merged | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Y3: asks a thread about logs, one job after another, so that an answer is never anybody else's. */
export class MergeJobs {
  readonly #options: MergeOptions
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #isBusy = false
  #isStopped = false
  #number = 0

  constructor(options: MergeOptions) {
    this.#options = options
  }

  /** Resolves with undefined where nobody wants the answer any more. Rejects where there is none, or not in time. */
  ask(log: RoomLog, question: Question, isWanted: () => boolean): Promise<Merged | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined)
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(new MergeRefused('Too many merges wait.'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ log, question, isWanted, resolve, reject })
      void this.#work()
    })
  }

  /** Ends the thread. What was asked and is not answered never will be. */
  stop(): void {
    this.#isStopped = true
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined)
    this.#dropWorker()
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      try {
        job.resolve(job.isWanted() ? await this.#run(job) : undefined)
      } catch (error) {
        // What the thread has been told of this log must not be taken for a part of the next one's.
        this.#dropWorker()
        if (this.#isStopped) job.resolve(undefined)
        else job.reject(error)
      }
    }
    this.#isBusy = false
  }

  async #run({ log, question }: Job): Promise<Merged> {
    const worker = this.#startedWorker()
    const job = ++this.#number
    const { answered, cancel } = this.#answerOf(worker, job)
    const isRead = this.#read(worker, log).then((through) => {
      worker.postMessage({ ...question, job } satisfies MergeMessage)
      return through
    })
    try {
      const [through, answer] = await Promise.all([isRead, answered])
      return { answer, through }
    } finally {
      cancel()
    }
  }

  /** Everything durable, to the head as it is when the last page was read. */
  async #read(worker: Worker, log: RoomLog): Promise<number> {
    let through = 0
    while (through < log.head) {
      const page = await log.pageBehind(through, this.#options.pageBytes)
      if (page.through <= through) throw new Error(`nothing is stored behind ${through}`)
      worker.postMessage({ type: 'page', batches: page.batches } satisfies MergeMessage)
      through = page.through
    }
    return through
  }

  #answerOf(
    worker: Worker,
    job: number,
  ): { readonly answered: Promise<MergeAnswer>; readonly cancel: () => void } {
    const stopped = new AbortController()
    const answered = new Promise<MergeAnswer>((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(error instanceof Error ? error : new Error(String(error)))
      const onMessage = (answer: MergeAnswer): void => {
        if (answer.job === job) resolve(answer)
        else fail('the thread answered another question')
      }
      const onExit = (code: number): void => fail(`the thread ended with code ${code}`)
      const { timeoutMs } = this.#options
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs)
      worker.on('message', onMessage).on('error', fail).on('exit', onExit)
      stopped.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        worker.off('message', onMessage).off('error', fail).off('exit', onExit)
      })
    })
    return { answered, cancel: () => stopped.abort() }
  }

  #startedWorker(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = startMergeWorker()
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined
    }
    worker.on('error', forget).on('exit', forget)
    // It has nothing of its own to finish.
    worker.unref()
    this.#worker = worker
    return worker
  }

  #dropWorker(): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
  }
}
