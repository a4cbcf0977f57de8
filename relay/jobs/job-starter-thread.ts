/**
 * J18: the thread in which the processes of jobs are started and talked to. To start one keeps its thread from anything else for 10 to 20 ms
 * (Linux copies the tables of the relay's memory), which the relay's own loop would have to stand still for.
 */
import { parentPort } from 'node:worker_threads'
import { startJobChild } from './child-process.ts'
import type { JobChild } from './child-process.ts'
import { JobError } from './job-error.ts'
import { ownBytes } from './own-bytes.ts'
import type { FromStarter, ToStarter } from './starter-messages.ts'

const port = parentPort!
const children = new Map<number, JobChild>()

const tell = (message: FromStarter): void => {
  const { value, buffers } = ownBytes(message)
  port.postMessage(value, buffers)
}

/** Between threads an error is what it says. */
const ended = (child: number, { code, message, cause }: JobError): void => {
  children.delete(child)
  const sentence = cause instanceof Error ? `${message} ${cause.message}` : message
  tell({ type: 'ended', child, code, sentence })
}

const start = ({ child, url, limits }: Extract<ToStarter, { type: 'start' }>): void => {
  try {
    const started = startJobChild(new URL(url), limits, (message) => {
      tell({ type: 'said', child, message })
    })
    children.set(child, started)
    void started.ended.then((error) => ended(child, error))
  } catch (error) {
    if (!(error instanceof JobError)) throw error
    ended(child, error)
  }
}

// Of one that is gone already there is nothing left to do; its end is on the way.
port.on('message', (message: ToStarter) => {
  if (message.type === 'start') return start(message)
  const child = children.get(message.child)
  if (message.type === 'send') return child?.send(message.message)
  if (message.type === 'sink') return child?.sink()
  child?.kill()
})
