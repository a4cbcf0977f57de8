/** Has images judged by processes of their own, and starts another one where one is ended by its image. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cutOf, imageOf } from './disk-image.ts'
import type { Cut, Disk } from './disk-image.ts'
import type { Recording } from './recording.ts'

export type Verdict = {
  readonly seed: number
  /** Undefined where all is well. */
  readonly wrong: string | undefined
  readonly cut: Cut
}

/** One line to a worker: which image of which recording. */
export type Task = { readonly journalPath: string; readonly seed: number; readonly disk: Disk }

const WORKER = fileURLToPath(new URL('image-worker.ts', import.meta.url))

export class ImagePool {
  readonly #workers: readonly Worker[]

  /** `folder` is for the images; fastest where memory is the disk. */
  constructor(folder: string, processes: number) {
    this.#workers = Array.from({ length: processes }, () => new Worker(folder))
  }

  /** Calls `judged` with each verdict as it comes, until it returns false or all seeds are through. */
  async judge(
    recording: Recording,
    disk: Disk,
    seeds: Iterable<number>,
    judged: (verdict: Verdict) => boolean,
  ): Promise<void> {
    const queue = seeds[Symbol.iterator]()
    let isOver = false
    const work = async (worker: Worker): Promise<void> => {
      for (;;) {
        const { done, value: seed } = queue.next()
        if (isOver || done === true) return
        if (!judged(await worker.judge(recording, disk, seed))) isOver = true
      }
    }
    await Promise.all(this.#workers.map(work))
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()))
  }
}

class Worker {
  readonly #folder: string
  #child: ChildProcess | undefined
  #heard: (line: string | undefined) => void = () => undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  async judge({ journal, journalPath }: Recording, disk: Disk, seed: number): Promise<Verdict> {
    const child = (this.#child ??= this.#start())
    const task: Task = { journalPath, seed, disk }
    const line = await new Promise<string | undefined>((resolve) => {
      this.#heard = resolve
      child.stdin?.write(`${JSON.stringify(task)}\n`)
    })
    if (line !== undefined) return JSON.parse(line) as Verdict
    this.#child = undefined
    const ending = child.signalCode ?? `code ${child.exitCode}`
    const wrong = `it ended the process that opened it by ${ending}`
    return { seed, wrong, cut: cutOf(imageOf(journal, seed, disk)) }
  }

  #start(): ChildProcess {
    // On standard error LMDB tells of pages that do not fit, which is the verdict's to tell.
    const child = spawn(process.execPath, ['--import', 'tsx', WORKER, this.#folder], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    // Its end may leave something unread; `close` tells of it.
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stdout }).on('line', (line) => this.#heard(line))
    child.once('close', () => this.#heard(undefined))
    return child
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const gone = once(child, 'close')
    child.stdin?.end()
    await gone
  }
}
