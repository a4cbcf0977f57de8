/** J18: the thread that talks to the nursery, so that the relay's own loop neither starts that nor writes a job's pages out. */
import { parentPort } from 'node:worker_threads'
import { ownBytes } from './own-bytes.ts'
import { nurseryUrl, startChild } from './start-code.ts'
import type { FromStarter, ToStarter } from './starter-messages.ts'

/** It holds what passes through it. */
const MAX_HEAP_MB = 256

const port = parentPort!
const nursery = startChild(nurseryUrl(), MAX_HEAP_MB, '')
let lastWords = ''
nursery.stderr?.setEncoding('utf8').on('data', (text: string) => {
  lastWords = (lastWords + text).slice(-1000)
})

/** This thread ends with it; the relay is told why, and starts both again for the next job. */
const died = (why: string): never => {
  throw new Error(`The process that starts processes for jobs ${why}. ${lastWords}`.trim())
}

nursery.on('error', ({ message }) => died(`cannot be started: ${message}`))
nursery.on('close', (code, signal) => died(`ended with ${signal ?? `code ${code}`}`))
nursery.on('message', (message: FromStarter) => {
  const { value, buffers } = ownBytes(message)
  port.postMessage(value, buffers)
})
// What it does not get, it is not there for any more: that is seen by its end.
port.on('message', (message: ToStarter) => void nursery.send(message, () => undefined))
