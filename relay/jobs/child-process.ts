import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { JobError } from './job-error.ts'
import { MEMORY_MARK } from './job-messages.ts'
import type { FromChild, ToChild } from './job-messages.ts'
import { mayRise, standBack } from './job-priority.ts'
import { startChild } from './start-code.ts'

export type ProcessLimits = {
  readonly maxMemoryMb: number
  readonly maxAnswerBytes: number
}

export type JobChildStart = {
  readonly url: string
  readonly limits: ProcessLimits
  readonly isHurried: boolean
}

/** One child, and what may be done with it. */
export type JobChild = {
  readonly send: (message: ToChild) => void
  /** J16: a job waits for it: it stands back no further than any from now on. */
  readonly rise: () => void
  /** J16: not to be undone. */
  readonly sink: () => void
  readonly kill: () => void
  /** When it is gone, and all that it wrote is read. Never rejects. */
  readonly ended: Promise<JobError>
}

const BYTES_PER_MB = 1024 * 1024
/** Enough for V8's last words. */
const STDERR_BYTES = 4096

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

/**
 * Starts a child, whose messages go to `hear`; `isHurried`: a job waits for it. Throws a {@link JobError} where the system has no room for
 * another one.
 */
export const startJobChild = (
  { url, limits, isHurried }: JobChildStart,
  hear: (message: FromChild) => void,
): JobChild => {
  const argument = JSON.stringify({
    maxRssBytes: limits.maxMemoryMb * BYTES_PER_MB,
    maxAnswerBytes: limits.maxAnswerBytes,
    parentPid: process.pid,
  })
  const child = forked(() => startChild(new URL(url), limits.maxMemoryMb, argument))
  standBack(child.pid, isHurried || !mayRise ? 'usual' : 'furthest')
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
    rise: () => standBack(child.pid, 'usual'),
    sink: () => standBack(child.pid, 'furthest'),
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}
