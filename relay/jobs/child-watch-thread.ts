/**
 * A thread beside a child's jobs, which ends the process where the jobs no longer can: they loop. It looks at what the whole
 * process holds, since V8's limit counts neither Buffers nor what Yjs keeps in them, and at whether its parent still lives.
 */
import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { BUSY } from './child-watch.ts'
import type { WatchSetup } from './child-watch.ts'
import { MEMORY_MARK } from './job-messages.ts'
import { threadData } from './start-code.ts'

/** Filling memory at 4 GB/s passes a limit by 100 MB in this time. */
const BUSY_LOOK_MS = 25
const IDLE_LOOK_MS = 500

const { cells, limits } = threadData() as WatchSetup
const view = new Int32Array(cells)

const end = (): void => void process.kill(process.pid, 'SIGKILL')

const look = (): void => {
  // Whose parent is gone gets another one.
  if (process.ppid !== limits.parentPid) return end()
  const rssBytes = process.memoryUsage.rss()
  if (rssBytes <= limits.maxRssBytes) return
  try {
    writeSync(2, `${MEMORY_MARK} ${rssBytes}\n`)
  } finally {
    end()
  }
}

parentPort!.postMessage('watching')
// It waits without an event loop of its own, and is woken when a job begins.
for (;;) {
  const mood = Atomics.load(view, 0)
  Atomics.wait(view, 0, mood, mood === BUSY ? BUSY_LOOK_MS : IDLE_LOOK_MS)
  look()
}
