import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY = /^Holdfast ready at (http:\/\/\S+)$/m
const START_TIMEOUT_MS = 20_000

export type RelayOptions = {
  /** More options of the relay's command line. */
  readonly args?: readonly string[]
  /** False: it serves no pages, and none need to be built. */
  readonly hasPages?: boolean
  /** JavaScript that runs in its process first: a gauge that looks into it, for instance. */
  readonly preload?: string
  /** Another program than the relay's own, by the path of the module that an app would import: see `tunedRelay`. */
  readonly program?: (relayModule: string) => string
}

let builtWeb: Promise<string> | undefined

/** The folder of the built web app; built when its sources have changed, once a worker. */
const webDir = (): Promise<string> => {
  builtWeb ??= promisify(execFile)(process.execPath, [join(ROOT, 'scripts', 'build-web.mjs')]).then(
    () => join(ROOT, 'dist', 'web'),
  )
  return builtWeb
}

let bundled: ReturnType<typeof bundledRelay> | undefined

/** What is started: the relay's own modules, bundled, so that it is ready in a quarter of the time. Looked for once a worker. */
export const programs = (): ReturnType<typeof bundledRelay> => {
  bundled ??= bundledRelay()
  return bundled
}

/** A test that died must not leave its relays behind. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * A real relay: a process of its own, with a data folder of its own that outlives each run of the process.
 *
 * The port stays the same over restarts, so that pages find it again.
 */
export class RelayProcess {
  readonly dataDir: string
  readonly #args: readonly string[]
  readonly #hasPages: boolean
  readonly #preload: readonly string[]
  readonly #program: RelayOptions['program']
  #child: ChildProcess | undefined
  /** Told to end, and maybe not gone yet. */
  #ending: ChildProcess | undefined
  #port = 0
  #said = ''
  #printed = ''

  private constructor(dataDir: string, options: RelayOptions) {
    const { args = [], hasPages = true, preload, program } = options
    this.dataDir = dataDir
    this.#program = program
    this.#args = args
    this.#hasPages = hasPages
    const source = preload === undefined ? '' : encodeURIComponent(preload)
    this.#preload = preload === undefined ? [] : ['--import', `data:text/javascript,${source}`]
  }

  /** Resolves when it can serve. */
  static async start(options: RelayOptions = {}): Promise<RelayProcess> {
    const relay = new RelayProcess(await mkdtemp(join(tmpdir(), 'holdfast-e2e-')), options)
    try {
      await relay.startAgain()
    } catch (error) {
      await relay.destroy()
      throw error
    }
    return relay
  }

  /** `http://127.0.0.1:PORT`, also while it is down. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What the running or last process wrote to stderr: its log. */
  get log(): string {
    return this.#said
  }

  /** What it printed on stdout: that it is ready and, with `--lan`, how a device joins. */
  get printed(): string {
    return this.#printed
  }

  /** Of the running process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** On the same port with the same data; once as another program, where one is given. */
  async startAgain(program: RelayOptions['program'] = this.#program): Promise<void> {
    this.#port = Number(new URL(await this.#whenReady(await this.#spawn(program))).port)
  }

  /** Starts it like `startAgain` and kills it so much later, whatever it has come to. Resolves when it is gone. */
  async startAndKill(afterMs: number): Promise<void> {
    await this.#spawn(this.#program)
    await sleep(afterMs)
    await this.kill()
  }

  async #spawn(programOf: RelayOptions['program']): Promise<ChildProcess> {
    if (this.#child !== undefined) throw new Error('The relay is running already.')
    const pages = this.#hasPages ? ['--web', await webDir()] : []
    const options = ['--port', String(this.#port), '--data', this.dataDir, ...pages]
    const { main, index } = await programs()
    const source = programOf?.(index)
    const program = source === undefined ? [main] : ['--input-type=module', '-e', source, '--']
    const argv = [...this.#preload, ...program, ...options, ...this.#args]
    const child = spawn(process.execPath, argv, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: withoutSettings(),
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    this.#child = child
    this.#said = ''
    this.#printed = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text
    })
    return child
  }

  #whenReady(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        this.#child = undefined
        reject(new Error(`The relay ${why}. It said:\n${this.#printed}${this.#said}`))
      }
      const timer = setTimeout(() => fail('was not ready in time'), START_TIMEOUT_MS)
      const onExit = (code: number | null): void => fail(`ended with code ${code}`)
      child.once('error', (error) => fail(`did not start (${error.message})`)).once('exit', onExit)
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text
        const url = READY.exec(this.#printed)?.[1]
        if (url === undefined) return
        clearTimeout(timer)
        child.off('exit', onExit)
        resolve(url)
      })
    })
  }

  /** Resolves when the process is gone, with its exit code; null where the signal ended it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#child
    if (child === undefined) throw new Error('The relay is not running.')
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The relay ended by itself. It said:\n${this.#said}`)
    }
    const gone = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code))
    })
    this.#ending = child
    child.kill(signal)
    return gone
  }

  /** Resolves when the process has ended by itself, as a test made it do, with the signal or the code. */
  async whenGone(): Promise<string | number | null> {
    const child = this.#child
    if (child === undefined) throw new Error('The relay is not running.')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    this.#child = undefined
    return child.signalCode ?? child.exitCode
  }

  /** SIGKILL behind a `kill` by another signal that may still be under way; false where the process is gone already. */
  killEnding(): boolean {
    return this.#ending?.kill('SIGKILL') ?? false
  }

  /** It hangs: takes what comes as far as the system does for it, and does nothing. It can still be killed. */
  freeze(): void {
    if (this.#child === undefined) throw new Error('The relay is not running.')
    this.#child.kill('SIGSTOP')
  }

  /** After `freeze`: it goes on where it stood. */
  thaw(): void {
    if (this.#child === undefined) throw new Error('The relay is not running.')
    this.#child.kill('SIGCONT')
  }

  /** Its disk is lost; while it is down. */
  async loseData(): Promise<void> {
    if (this.#child !== undefined) throw new Error('The relay is running.')
    for (const name of await readdir(this.dataDir)) {
      await rm(join(this.dataDir, name), { recursive: true })
    }
  }

  /** Stops it as an operator does; rejects where it did not end well. */
  async stop(): Promise<void> {
    const code = await this.kill('SIGTERM')
    if (code !== 0) throw new Error(`The relay stopped with code ${code}. It said:\n${this.#said}`)
  }

  /** Ends the process, if there is one, and removes its data. Rejects where it had ended by itself. */
  async destroy(): Promise<void> {
    try {
      if (this.#child !== undefined) await this.kill('SIGKILL')
    } finally {
      await rm(this.dataDir, { recursive: true, force: true })
    }
  }
}

/** What somebody set for a relay of their own must not change ours. */
const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))
