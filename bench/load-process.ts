import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root } from '../scripts/stamp.mjs'
import type { CallName, Calls } from './load/calls.ts'

const PROGRAM = fileURLToPath(new URL('./load/main.ts', import.meta.url))
/** No call takes longer: the longest is the ingest of a whole history. */
const CALL_MS = 300_000

/** One file, made once a run: from source each of the many starts takes a second. */
const makeProgram = async (): Promise<string> => {
  const outfile = join(root, '.cache', `bench-load-${process.pid}.mjs`)
  const banner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
  await build({
    entryPoints: [PROGRAM],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
    logLevel: 'warning',
  })
  process.once('exit', () => rmSync(outfile, { force: true }))
  return outfile
}

let program: Promise<string> | undefined

type Answer = { readonly result?: unknown; readonly error?: string }

/** The process that plays the clients. */
export class LoadProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<LoadProcess> {
    // By default an answer is JSON, in which an absent percentile is null.
    program ??= makeProgram()
    const child = fork(await program, { execArgv: [], serialization: 'advanced' })
    const load = new LoadProcess(child)
    await load.#next()
    return load
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stop = (why?: string): void => {
        clearTimeout(timer)
        this.#child.off('message', onMessage).off('exit', onExit)
        if (why !== undefined) reject(new Error(why))
      }
      const onMessage = (message: unknown): void => {
        stop()
        resolve(message)
      }
      const onExit = (): void => stop('the load process ended')
      const timer = setTimeout(() => stop('the load process does not answer'), CALL_MS)
      this.#child.once('message', onMessage).once('exit', onExit)
    })
  }

  /** One at a time. */
  async call<Name extends CallName>(
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const next = this.#next()
    this.#child.send({ name, args })
    const { result, error } = (await next) as Answer
    if (error !== undefined) throw new Error(error)
    return result as Awaited<ReturnType<Calls[Name]>>
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
