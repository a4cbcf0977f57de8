import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Worker, workerData } from 'node:worker_threads'

// In a thread that tsx began, its own words stand behind the name.
const isSource = new URL(import.meta.url).pathname.endsWith('.ts')
/** Looked up now: Node remembers a look-up that failed because no file could be opened just then. */
const tsx = isSource ? import.meta.resolve('tsx') : undefined
const tsxApi = isSource ? import.meta.resolve('tsx/esm/api') : undefined

/** Node's threads do not inherit what tsx taught the main one: from source, a thread has to begin with that. */
const FROM_SOURCE = `
  const { tsxApi, href } = require('node:worker_threads').workerData
  import(tsxApi).then(({ tsImport }) => tsImport(href, 'file:///'))
`

/** A module of this folder as a thread, from the published JavaScript or from source. */
export const startThread = (module: string, data: unknown): Worker => {
  if (!isSource) {
    // Not the words that the whole program was started with: some are for programs alone, and would end the thread.
    const options = { workerData: { data }, execArgv: [] }
    return new Worker(new URL(`./${module}.js`, import.meta.url), options)
  }
  const { href } = new URL(`./${module}.ts`, import.meta.url)
  return new Worker(FROM_SOURCE, { eval: true, workerData: { tsxApi, href, data }, execArgv: [] })
}

/** In a thread: what {@link startThread} was given for it. */
export const threadData = (): unknown => (workerData as { readonly data: unknown }).data

/** What a program needs of its surroundings; whatever else the relay was given, secrets too, is not for it. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot']

const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ENVIRONMENT.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The module that does the relay's jobs. */
export const jobChildUrl = (): URL =>
  new URL(isSource ? './job-child.ts' : './job-child.js', import.meta.url)

/** The module that starts the processes for these. */
export const nurseryUrl = (): URL =>
  new URL(isSource ? './job-nursery.ts' : './job-nursery.js', import.meta.url)

/** A module as a process with one argument; what it writes to stderr can be read, and nothing else of it. */
export const startChild = (url: URL, maxHeapMb: number, argument: string): ChildProcess =>
  fork(url, [argument], {
    execArgv: [
      `--max-old-space-size=${maxHeapMb}`,
      ...(tsx === undefined ? [] : ['--import', tsx]),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment(),
  })
