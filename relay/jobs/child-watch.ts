import { startThread } from './start-code.ts'
import type { ChildLimits } from './job-messages.ts'

export const IDLE = 0
export const BUSY = 1

/** `cells`: what the process does now, shared with the thread that watches it. */
export type WatchSetup = { readonly cells: SharedArrayBuffer; readonly limits: ChildLimits }

/** Starts the thread that ends this process; resolves when it watches. */
export const startChildWatch = async (
  limits: ChildLimits,
): Promise<{ readonly set: (mood: typeof IDLE | typeof BUSY) => void }> => {
  const cells = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const view = new Int32Array(cells)
  const thread = startThread('child-watch-thread', { cells, limits } satisfies WatchSetup)
  await new Promise((resolve, reject) => {
    thread.once('message', resolve).once('error', reject)
  })
  // Without its watch a job has no bound: then there is no child either.
  thread.on('error', () => process.exit(1))
  thread.unref()
  return {
    set: (mood) => {
      Atomics.store(view, 0, mood)
      Atomics.notify(view, 0)
    },
  }
}
