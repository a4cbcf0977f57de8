import { Worker } from 'node:worker_threads'

/** Node's threads do not inherit what tsx taught the main one: from source, the thread has to begin with that. */
const FROM_SOURCE = `
  import('tsx/esm/api')
    .then(({ tsImport }) => tsImport(require('node:worker_threads').workerData, 'file:///'))
`

/** The thread of `merge-worker`, from the published JavaScript or from source. */
export const startMergeWorker = (): Worker => {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./merge-worker.js', import.meta.url))
  }
  const { href } = new URL('./merge-worker.ts', import.meta.url)
  return new Worker(FROM_SOURCE, { eval: true, workerData: href, execArgv: [] })
}
