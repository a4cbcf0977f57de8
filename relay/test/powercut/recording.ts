/** Records a real store at work, in a process of its own. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { applyWrites } from './disk-image.ts'
import { readJournal } from './journal.ts'
import type { Journal } from './journal.ts'

export type Recording = { readonly journal: Journal; readonly journalPath: string }

export type RecordingOptions = {
  /** To be filled; it must not be there yet. */
  readonly dir: string
  readonly seed: number
  readonly turns: number
  /** How LMDB is opened instead, as a planted bug. */
  readonly lmdbOptions?: object
}

const pathTo = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Where somebody may: as root, on Debian or Ubuntu. */
const installCompiler = (): void => {
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '--no-install-recommends', 'gcc', 'libc6-dev']
  try {
    execFileSync('apt-get', ['update'], { env, stdio: 'ignore' })
    execFileSync('apt-get', install, { env, stdio: 'ignore' })
  } catch {
    // Without a network, say. That there is no compiler is told by who needs it.
  }
}

/** Returns a reason instead where no such library can be built or preloaded. */
export const buildRecorder = (dir: string): { readonly library: string } | string => {
  if (process.platform !== 'linux') return `preloading is Linux's, this is ${process.platform}`
  if (!isThere('cc')) installCompiler()
  const library = join(dir, 'recorder.so')
  const options = ['-shared', '-fPIC', '-O1', '-o', library, pathTo('recorder.c'), '-ldl']
  try {
    execFileSync('cc', options, { stdio: 'pipe' })
  } catch (error) {
    return `no C compiler: ${error instanceof Error ? error.message : String(error)}`
  }
  return { library }
}

export const record = async (library: string, options: RecordingOptions): Promise<Recording> => {
  const { dir, seed, turns, lmdbOptions } = options
  const store = join(dir, 'store')
  const journalPath = join(dir, 'journal')
  await mkdir(dir)
  const swap = lmdbOptions === undefined ? [] : ['--import', pathTo('swap-lmdb-options.mjs')]
  const load = [pathTo('load.ts'), store, `${seed}`, `${turns}`]
  await promisify(execFile)(process.execPath, ['--import', 'tsx', ...swap, ...load], {
    env: {
      ...process.env,
      LD_PRELOAD: library,
      HOLDFAST_RECORD_DIR: await realpath(dir),
      HOLDFAST_RECORD_JOURNAL: journalPath,
      HOLDFAST_LMDB_OPTIONS: JSON.stringify(lmdbOptions ?? {}),
    },
  })
  const journal = readJournal(await readFile(journalPath))
  const file = await readFile(join(store, 'data.mdb'))
  // Says that nothing reached the file by a way that the witness does not see.
  if (!applyWrites(journal.writes).equals(file)) {
    throw new Error('the recorded writes do not make the file that the store left')
  }
  if (journal.ackedAt.size === 0 || journal.ackedAt.size !== journal.asked.length) {
    throw new Error('not all that was asked of the recorded store was acked')
  }
  return { journal, journalPath }
}
