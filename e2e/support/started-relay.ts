import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const READY = /^Holdfast ready at (http:\/\/\S+)$/m
const START_TIMEOUT_MS = 60_000

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** A relay as `npm start` starts it: with lab controls, and a parent that starts it again when it was killed. */
export class StartedRelay {
  readonly url: string
  readonly dataDir: string
  readonly #child: ChildProcess

  private constructor(url: string, dataDir: string, child: ChildProcess) {
    this.url = url
    this.dataDir = dataDir
    this.#child = child
  }

  static async start(): Promise<StartedRelay> {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-started-'))
    const start = join(ROOT, 'scripts', 'start.mjs')
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', start, '--port', '0', '--data', dataDir],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: withoutSettings() },
    )
    running.add(child)
    child.once('exit', () => running.delete(child))
    try {
      return new StartedRelay(await whenReady(child), dataDir, child)
    } catch (error) {
      child.kill('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
      throw error
    }
  }

  /** Ends it as Ctrl-C does, with the process that it started. */
  async destroy(): Promise<void> {
    const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null
    if (!isGone) {
      const ended = new Promise((resolve) => {
        this.#child.once('exit', resolve)
      })
      this.#child.kill('SIGTERM')
      await ended
    }
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

const whenReady = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string): void => {
      clearTimeout(timer)
      reject(new Error(`npm start ${why}. It said:\n${said}`))
    }
    const timer = setTimeout(() => fail('was not ready in time'), START_TIMEOUT_MS)
    child.once('error', (error) => fail(`did not start (${error.message})`))
    child.once('exit', (code) => fail(`ended with code ${code}`))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = READY.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    })
  })

/** What somebody set for a relay of their own must not change ours. */
const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))
