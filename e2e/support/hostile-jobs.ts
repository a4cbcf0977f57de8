import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { programs } from './relay-process.ts'
import { tunedRelay } from './tuned-relay.ts'

export type Deed = 'exit' | 'loop' | 'memory'
/** What a hostile job does to its process, and what the relay is to call that. Where others want the processor it fills no memory in time (J16). */
export const DEEDS: Readonly<Record<Deed, readonly string[]>> = {
  exit: ['crash'],
  loop: ['deadline'],
  memory: ['memory', 'deadline'],
}

/** The Yjs client by whose clock a state vector names a deed. */
const SECRET_CLIENT = [0x9a, 0x05]
const numberOf = (deed: Deed): number => Object.keys(DEEDS).indexOf(deed) + 1

/** The first message of a stock client that wants a deed done by the job that is to answer it. */
export const askForDeed = (deed: Deed): Uint8Array => {
  const vector = [1, ...SECRET_CLIENT, numberOf(deed)]
  return Uint8Array.from([0, 0, vector.length, ...vector])
}

/** Beside the relay's own program for jobs, which has the message already and is watched as ever. */
const childSource = (begunFile: string): string => `
  import './job-child-own.js'
  import { appendFileSync } from 'node:fs'
  const held = []
  const deeds = {
    1: () => process.exit(0),
    2: () => { for (;;); },
    3: () => { for (let at = 0; at < 200; at++) held.push(Buffer.alloc(10 * 1024 * 1024, 1)) },
  }
  process.on('message', ({ type, kind, input }) => {
    if (type !== 'start' || kind !== 'difference') return
    const [, low, high, deed] = input.vector
    if (low !== ${SECRET_CLIENT[0]} || high !== ${SECRET_CLIENT[1]}) return
    appendFileSync(${JSON.stringify(begunFile)}, Date.now() + '\\n')
    deeds[deed]()
  })`

/** A relay all of whose jobs are done by a program that does deeds too. A copy of the bundles, in which one file is another. */
export const relayWithHostileJobs = async (): Promise<{
  readonly program: () => string
  /** When each deed began, on the system's clock. */
  readonly begunAt: () => Promise<readonly number[]>
  readonly remove: () => Promise<void>
}> => {
  const { index } = await programs()
  const bundles = dirname(dirname(index))
  // Beside the others: from there the packages are found.
  const copy = await mkdtemp(join(dirname(dirname(bundles)), 'hostile-'))
  await cp(bundles, copy, { recursive: true })
  const jobs = join(copy, 'relay', 'jobs')
  const begunFile = join(copy, 'begun')
  await rename(join(jobs, 'job-child.js'), join(jobs, 'job-child-own.js'))
  await writeFile(join(jobs, 'job-child.js'), childSource(begunFile))
  await writeFile(begunFile, '')
  const program = tunedRelay({ options: '' })
  return {
    program: () => program(join(copy, 'relay', 'index.js')),
    begunAt: async () => {
      const lines = (await readFile(begunFile, 'utf8')).split('\n')
      return lines.filter((line) => line !== '').map(Number)
    },
    remove: () => rm(copy, { recursive: true }),
  }
}
