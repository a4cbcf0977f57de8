import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { StopSignal } from './machine.ts'

export type Ended = {
  readonly code: number | null
  readonly signal: string | null
  readonly isKillAsked: boolean
}

export type RelayChild = {
  readonly stop: (signal: StopSignal) => void
}

export type RelayChildEvents = {
  readonly served: (port: number) => void
  readonly ended: (ended: Ended) => void
  /** Why there is no process. It has ended then. */
  readonly failed: (sentence: string) => void
}

/** The relay as a process. It says by the channel when it serves and when it is to be killed, and notices by it that we are gone. */
export const startRelay = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  noteFd: number | undefined,
  { served, ended, failed }: RelayChildEvents,
): RelayChild => {
  const child = spawn(process.execPath, args, {
    // The note is its fifth, as `relayEnv` says.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', noteFd ?? 'ignore'],
    env,
  })
  let isKillAsked = false
  child.on('message', (message) => {
    const { type, port } = message as { readonly type: string; readonly port?: number }
    if (type === 'ready' && port !== undefined) served(port)
    if (type === 'kill') isKillAsked = true
  })
  void whenEnded(child, failed).then(({ code, signal }) => ended({ code, signal, isKillAsked }))
  return { stop: (signal) => void child.kill(signal) }
}

/** When it is gone and its last word is read: that may come behind its exit. */
const whenEnded = async (
  child: ChildProcess,
  failed: (sentence: string) => void,
): Promise<Omit<Ended, 'isKillAsked'>> => {
  const unstarted = new Promise<Omit<Ended, 'isKillAsked'>>((resolve) => {
    child.once('error', (error) => {
      failed(`The relay could not be started: ${error.message}`)
      resolve({ code: 1, signal: null })
    })
  })
  const gone = new Promise<Omit<Ended, 'isKillAsked'>>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const unheard = new Promise((resolve) => {
    child.once('disconnect', resolve)
  })
  return Promise.race([Promise.all([gone, unheard]).then(([end]) => end), unstarted])
}
