// Runs the relay as a child and starts it again, on the same port, when it was killed or crashed.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { root } from './stamp.mjs'

const RESTART_DELAY_MS = 300
/** So many deaths within this time are no accident. */
const MOST_DEATHS = 5
const DEATHS_WITHIN_MS = 15_000

const FROM_SOURCE = ['--import', 'tsx', join(root, 'relay', 'main.ts')]

/**
 * Resolves with the exit code: the relay's own, where it was stopped or could not begin; 1 where it dies again and again.
 * `program` is what Node is told to run, before the relay's own options.
 */
export async function runRelay(options, program = FROM_SOURCE) {
  const args = [...program, ...options]
  const watch = watchForEnding()
  const deaths = []
  let port
  for (let starts = 1; ; starts++) {
    const child = startChild(port === undefined ? args : [...args, '--port', String(port)], starts)
    watch.child = child
    const { code, signal } = await child.ended
    port ??= child.port
    if (watch.isEnding) return code ?? (STOPPING.has(signal) ? 0 : 1)
    // One that ended before it served has said in a sentence why it cannot.
    const isKilledAnew = signal !== null && port !== undefined
    if (code === 0 || (child.port === undefined && !isKilledAnew)) return code ?? 1
    console.error(`The relay's process is gone (${signal ?? `code ${code}`}); it starts again.`)
    // A page that shows what a kill does may do so as often as it likes.
    if (!child.isKillAsked && isOneTooMany(deaths)) {
      console.error(`The relay died ${MOST_DEATHS} times within ${DEATHS_WITHIN_MS / 1000} s.`)
      return 1
    }
    await passed(RESTART_DELAY_MS)
    if (watch.isEnding) return 0
  }
}

const STOPPING = new Set(['SIGINT', 'SIGTERM'])

function isOneTooMany(deaths) {
  const now = performance.now()
  deaths.push(now)
  return deaths.filter((at) => now - at < DEATHS_WITHIN_MS).length >= MOST_DEATHS
}

/** Under npm Ctrl-C comes twice, and to the child as well: the first is enough, none is force. */
function watchForEnding() {
  const watch = { child: undefined, isEnding: false }
  const end = (signal) => {
    if (watch.isEnding) return
    watch.isEnding = true
    watch.child?.stop(signal)
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  return watch
}

/** It says by the channel when it serves and when it is to be killed, and notices by it that we are gone. */
function startChild(args, starts) {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, HOLDFAST_STARTS: String(starts) },
  })
  const started = {
    port: undefined,
    isKillAsked: false,
    stop: (signal) => child.kill(signal),
    ended: whenEnded(child),
  }
  child.on('message', ({ type, port }) => {
    if (type === 'ready') started.port = port
    if (type === 'kill') started.isKillAsked = true
  })
  return started
}

/** When it is gone and its last word is read: that may come behind its exit. */
function whenEnded(child) {
  const gone = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const unheard = new Promise((resolve) => {
    child.once('disconnect', resolve)
  })
  const failed = new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`The relay could not be started: ${error.message}`)
      resolve({ code: 1, signal: null })
    })
  })
  return Promise.race([Promise.all([gone, unheard]).then(([end]) => end), failed])
}
