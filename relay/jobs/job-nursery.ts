/**
 * J18: the small process that starts the processes of jobs, and passes on what is said between them and the relay. To start one Linux
 * copies the tables of the starter's memory, and until that is done no thread of it gets a page: of the relay's memory that takes 10 to
 * 20 ms, in which its loop stands still, of this one's next to nothing.
 */
import { startJobChild } from './child-process.ts'
import type { JobChild } from './child-process.ts'
import { JobError } from './job-error.ts'
import type { FromStarter, ToStarter } from './starter-messages.ts'

const children = new Map<number, JobChild>()

// That the relay is gone is seen by the end of the channel to it.
const tell = (message: FromStarter): void => void process.send!(message, () => undefined)

/** Between processes an error is what it says. */
const ended = (child: number, { code, message, cause }: JobError): void => {
  children.delete(child)
  const sentence = cause instanceof Error ? `${message} ${cause.message}` : message
  tell({ type: 'ended', child, code, sentence })
}

const start = ({ child, ...asked }: Extract<ToStarter, { type: 'start' }>): void => {
  try {
    const started = startJobChild(asked, (message) => tell({ type: 'said', child, message }))
    children.set(child, started)
    void started.ended.then((error) => ended(child, error))
  } catch (error) {
    if (!(error instanceof JobError)) throw error
    ended(child, error)
  }
}

// Of one that is gone already there is nothing left to do; its end is on the way.
process.on('message', (message: ToStarter) => {
  if (message.type === 'start') return start(message)
  const child = children.get(message.child)
  if (message.type === 'send') return child?.send(message.message)
  child?.[message.type]()
})
// Its children see that, and end themselves (J8).
process.on('disconnect', () => process.exit(0))
