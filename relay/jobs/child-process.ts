import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { JobError } from './job-error.ts'
import { MEMORY_MARK } from './job-messages.ts'
import type { FromChild, ToChild } from './job-messages.ts'
import { startChild } from './start-code.ts'

export type ProcessLimits = {
  readonly maxMemoryMb: number
  readonly maxAnswerBytes: number
}

/** One child, and what may be done with it. */
export type JobChild = {
  readonly send: (message: ToChild) => void
  /** J16: not to be undone: what may give way may not take it back. */
  readonly sink: () => void
  readonly kill: () => void
  /** When it is gone, and all that it wrote is read. Never rejects. */
  readonly ended: Promise<JobError>
}

const BYTES_PER_MB = 1024 * 1024
/** Enough for V8's last words. */
const STDERR_BYTES = 4096

/**
 * J16: what a job's process stands back by, as `nice` counts. Where both want a core the relay has three quarters of it: enough that a job
 * that loops is hardly felt, and little enough that an honest one keeps to its deadline.
 */
const STANDS_BACK_BY = 5
/** J16: the most that there is, for the jobs of a room that failed lately. They have what nobody else wants. */
const SUSPECT_STANDS_BACK_BY = 19

/** Where the system does not let it, the job runs all the same. */
const standBack = (pid: number | undefined, by: number): void => {
  if (pid === undefined) return
  try {
    setPriority(pid, by)
  } catch {
    // It is gone already, or this system has no such thing.
  }
}

/** Why a child that nobody ended is gone. */
const reasonOf = (code: number | null, signal: string | null, stderr: string): JobError => {
  const isMemory = [MEMORY_MARK, 'heap out of memory', 'Array buffer allocation failed']
  if (isMemory.some((words) => stderr.includes(words))) {
    return new JobError('memory', 'The job took more memory than it may.')
  }
  const how = signal === null ? `code ${code}` : `signal ${signal}`
  const [said] = stderr.split('\n').filter((line) => /^\w*Error\b/.test(line))
  return new JobError('crash', `The job's process ended with ${how}${said ? `: ${said}` : ''}.`)
}

/** Node throws, or gives back half a child, where the system has no process or no pipe left. */
const forked = (start: () => ChildProcess): ChildProcess => {
  try {
    const child = start()
    if (child.stderr !== null && child.stderr !== undefined) return child
    child.on('error', () => undefined)
    throw new Error('there are no pipes to it')
  } catch (cause) {
    throw new JobError('no-process', 'No process for jobs can be started.', { cause })
  }
}

/** Starts a child, whose messages go to `hear`. Throws a {@link JobError} where the system has no room for another one. */
export const startJobChild = (
  url: URL,
  limits: ProcessLimits,
  hear: (message: FromChild) => void,
): JobChild => {
  const argument = JSON.stringify({
    maxRssBytes: limits.maxMemoryMb * BYTES_PER_MB,
    maxAnswerBytes: limits.maxAnswerBytes,
    parentPid: process.pid,
  })
  const child = forked(() => startChild(url, limits.maxMemoryMb, argument))
  standBack(child.pid, STANDS_BACK_BY)
  let stderr = ''
  const errors = child.stderr as Socket
  errors.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES)
  })
  child.on('message', (message: FromChild) => hear(message))
  const ended = new Promise<JobError>((resolve) => {
    child.once('close', (code, signal) => resolve(reasonOf(code, signal, stderr)))
    child.on('error', (cause) => {
      resolve(new JobError('no-process', 'No process for jobs can be started.', { cause }))
    })
  })
  return {
    // That a message did not arrive is seen by the end of who should have got it.
    send: (message) => void child.send(message, () => undefined),
    sink: () => standBack(child.pid, SUSPECT_STANDS_BACK_BY),
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}
