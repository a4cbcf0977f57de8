import type { Worker } from 'node:worker_threads'
import type { JobChildStart, ProcessLimits } from './child-process.ts'
import { JobError } from './job-error.ts'
import type { FromChild, ToChild } from './job-messages.ts'
import { ownBytes } from './own-bytes.ts'
import { startThread } from './start-code.ts'
import type { FromStarter, ToStarter } from './starter-messages.ts'

/** One process for jobs, and what the relay may do with it. */
export type JobProcess = {
  readonly send: (message: ToChild) => void
  /** Where its messages go from now on. */
  readonly listen: (hear: (message: FromChild) => void) => void
  /** J16: a job waits for it. */
  readonly rise: () => void
  /** J16: it stands back further from now on, to its end. */
  readonly sink: () => void
  readonly kill: () => void
  /** Keeps the relay alive until it is gone, for whoever waits for that. */
  readonly hold: () => void
  /** When it is gone, and all that it wrote is read. Never rejects. */
  readonly ended: Promise<JobError>
}

type Listener = { hear: (message: FromChild) => void; readonly end: (error: JobError) => void }

/** J18: the thread beside the relay's loop that has its processes for jobs started. It begins with the first of them, and again if it dies. */
class Starter {
  readonly #children = new Map<number, Listener>()
  #thread: Worker | undefined
  #started = 0

  add(asked: JobChildStart, listener: Listener): number {
    const child = ++this.#started
    this.#children.set(child, listener)
    this.tell({ type: 'start', child, ...asked })
    return child
  }

  tell(message: ToStarter): void {
    this.#thread ??= this.#startThread()
    const { value, buffers } = ownBytes(message)
    this.#thread.postMessage(value, buffers)
  }

  hold(): void {
    this.#thread?.ref()
  }

  #startThread(): Worker {
    const thread = startThread('job-starter-thread', undefined)
    thread.on('message', (message: FromStarter) => {
      if (message.type === 'said') this.#children.get(message.child)?.hear(message.message)
      else this.#ended(message.child, new JobError(message.code, message.sentence))
      // Whoever held the relay for the end of processes has seen it.
      if (this.#children.size === 0) thread.unref()
    })
    // Its processes are cut off from it then, and end themselves.
    const died = (cause?: unknown): void => {
      if (this.#thread === thread) this.#thread = undefined
      const error = new JobError('no-process', 'The thread that starts processes ended.', { cause })
      for (const child of this.#children.keys()) this.#ended(child, error)
    }
    thread.on('error', died).on('exit', () => died())
    thread.unref()
    return thread
  }

  #ended(child: number, error: JobError): void {
    const listener = this.#children.get(child)
    this.#children.delete(child)
    listener?.end(error)
  }
}

const starter = new Starter()

/** Starts a process that holds neither the relay's event loop nor, once the relay is gone, itself. `isHurried`: a job waits for it. */
export const startJobProcess = (
  { href: url }: URL,
  { maxMemoryMb, maxAnswerBytes }: ProcessLimits,
  isHurried: boolean,
): JobProcess => {
  let end: (error: JobError) => void = () => undefined
  const ended = new Promise<JobError>((resolve) => (end = resolve))
  const listener: Listener = { hear: () => undefined, end }
  const child = starter.add({ url, limits: { maxMemoryMb, maxAnswerBytes }, isHurried }, listener)
  return {
    send: (message) => starter.tell({ type: 'send', child, message }),
    listen: (hear) => void (listener.hear = hear),
    rise: () => starter.tell({ type: 'rise', child }),
    sink: () => starter.tell({ type: 'sink', child }),
    kill: () => starter.tell({ type: 'kill', child }),
    hold: () => starter.hold(),
    ended,
  }
}
