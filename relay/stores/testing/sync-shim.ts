/** Builds `sync-shim.c` and steers it: a disk whose syncs wait or fail when a test says so. */
import { execFileSync } from 'node:child_process'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Fault = 'hold-sync' | 'hold-meta' | 'fail-sync' | 'fail-meta' | 'fail-late'

export class SyncShim {
  /** What a process needs in its environment to write through the shim. */
  readonly env: NodeJS.ProcessEnv
  readonly #dir: string

  private constructor(dir: string, library: string) {
    this.#dir = dir
    this.env = { LD_PRELOAD: library, HOLDFAST_SHIM_DIR: dir }
  }

  /** Returns a reason instead where no such library can be built or preloaded. */
  static async build(dir: string): Promise<SyncShim | string> {
    if (process.platform !== 'linux') return `preloading is Linux's, this is ${process.platform}`
    const source = fileURLToPath(new URL('sync-shim.c', import.meta.url))
    const library = join(dir, 'sync-shim.so')
    await mkdir(dir, { recursive: true })
    try {
      const options = ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']
      execFileSync('cc', options, { stdio: 'pipe' })
    } catch (error) {
      return `no C compiler: ${error instanceof Error ? error.message : String(error)}`
    }
    return new SyncShim(dir, library)
  }

  async start(fault: Fault): Promise<void> {
    await writeFile(join(this.#dir, fault), '')
  }

  async stop(fault: Fault): Promise<void> {
    await rm(join(this.#dir, fault))
  }

  /** Resolves when a call of the process is being held. */
  async held(): Promise<void> {
    while (!(await exists(join(this.#dir, 'held'))))
      await new Promise((resolve) => setTimeout(resolve, 2))
  }

  /** Whether a fault that fires once is still waiting for its call. */
  isArmed(fault: Fault): Promise<boolean> {
    return exists(join(this.#dir, fault))
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
