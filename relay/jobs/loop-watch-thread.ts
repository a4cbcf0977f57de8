/** A thread that looks at the relay's event loop, and says while it stands still whose work that is. */
import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { createLoopJudge } from './loop-judge.ts'
import type { StallReport } from './loop-judge.ts'
import type { LoopWatchSetup } from './loop-watch.ts'
import { readMark } from './room-marker.ts'
import { threadData } from './start-code.ts'

const { memory, fd, options } = threadData() as LoopWatchSetup
const judge = createLoopJudge(options)

/** By itself: whoever else could write this stands still. */
const write = (report: StallReport): void => {
  try {
    writeSync(fd, `${JSON.stringify({ msg: 'the event loop', ...report, time: Date.now() })}\n`)
  } catch {
    // A pipe that is full, or closed: the loop hears of it through the message below, later.
  }
}

setInterval(() => {
  const report = judge(readMark(memory), performance.now())
  if (report === undefined) return
  write(report)
  parentPort!.postMessage(report)
}, options.lookMs)
parentPort!.postMessage('watching')
