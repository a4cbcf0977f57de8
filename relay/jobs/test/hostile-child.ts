/** What a job may do that nobody wants, beside what an ordinary one does. */
import { getPriority } from 'node:os'
import { serveJobs } from '../serve-jobs.ts'
import type { JobKindsByName, JobWork } from '../serve-jobs.ts'
import { merge } from '../kinds/folds.ts'

const MB = 1024 * 1024

const never = (): Promise<never> => new Promise(() => undefined)

const doing = (finish: () => unknown): (() => JobWork) => {
  return () => ({ take: () => undefined, finish })
}

/** Held on to, or the collector takes it away. */
const held: unknown[] = []

const kinds: JobKindsByName = {
  merge,
  echo: (input: unknown) => ({ take: () => undefined, finish: () => input }),
  count: () => {
    let bytes = 0
    return {
      take: (page) => page.forEach((part) => (bytes += part.length)),
      finish: () => ({ bytes }),
    }
  },
  'slow-pages': () => {
    let pages = 0
    return {
      take: async () => {
        await new Promise((resolve) => setTimeout(resolve, 600))
        pages++
      },
      finish: () => ({ pages }),
    }
  },
  pid: doing(() => process.pid),
  environment: doing(() => Object.keys(process.env)),
  loop: doing(() => {
    for (;;);
  }),
  'loop-in-page': () => ({
    take: () => {
      for (;;);
    },
    finish: () => undefined,
  }),
  heap: doing(() => {
    for (;;) held.push({ numbers: [held.length, 1, 2, 3] })
  }),
  buffers: doing(async () => {
    for (let at = 0; at < 200; at++) held.push(Buffer.alloc(10 * MB, 1))
    return held.length
  }),
  'one-buffer': doing(() => held.push(Buffer.alloc(2000 * MB, 1))),
  fat: doing(() => held.push(Buffer.alloc(100 * MB, 1))),
  exit: doing(() => process.exit(0)),
  // Its priority is another thread's to set, and that may come a moment behind the job; what it is then is answered either way.
  priority: (nice) => ({
    take: () => undefined,
    finish: async () => {
      for (let at = 0; at < 50 && getPriority() !== nice; at++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      return { nice: getPriority(), pid: process.pid }
    },
  }),
  abort: doing(() => process.abort()),
  segfault: doing(() => {
    process.kill(process.pid, 'SIGSEGV')
    return never()
  }),
  rejection: doing(() => {
    void Promise.reject(new Error('nobody caught this'))
    return 'an answer all the same'
  }),
  throw: doing(() => {
    throw new RangeError('this cannot be read')
  }),
  silence: doing(never),
  'wrong-number': doing(() => {
    process.send!({ type: 'answer', job: 4711, answer: 'for another', rssBytes: 0 })
    return never()
  }),
  twice: doing(() => {
    setImmediate(() => setImmediate(() => process.send!({ type: 'taken', job: 1 })))
    return 'first'
  }),
  large: doing(() => new Uint8Array(70 * MB)),
}

await serveJobs(kinds)
