import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledRelay } from '../scripts/bundle-relay.mjs'
import type { Contestant, ServerKind } from './contestants.ts'
import { cpuMsOf, peakKibOf, rssKibOf } from './os-process.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const GAUGE = new URL('./servers/gauge.mjs', import.meta.url).href
const READY = /ready at (?:http:\/\/127\.0\.0\.1:)?(\d+)/
const START_MS = 20_000
const END_MS = 20_000

export type LoopDelays = { readonly p99Ms: number; readonly maxMs: number }

const running = new Set<ChildProcess>()
/** A run that died must not leave its servers behind. */
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The relay of another clone is bundled there, by its own script. */
const relayOf = async (clone: string | undefined): Promise<string> => {
  if (clone === undefined) return (await bundledRelay()).main
  const script = spawn(process.execPath, [join(clone, 'scripts', 'bundle-relay.mjs')], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  script.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(script, 'close')) as [number | null]
  if (code !== 0) throw new Error(`The relay of ${clone} could not be bundled.`)
  return said.trim()
}

const argsOf = async (
  { server, hasFolder, args = [], clone }: Contestant,
  port: number,
  folder: string,
): Promise<string[]> => {
  if (server === 'holdfast') {
    return [await relayOf(clone), '--port', String(port), '--data', folder, ...args]
  }
  const program: Record<Exclude<ServerKind, 'holdfast'>, string> = {
    'y-websocket': 'y-websocket.mjs',
    hocuspocus: 'hocuspocus.mjs',
    'bare-ws': 'bare-ws.mjs',
  }
  return [join(HERE, 'servers', program[server]), String(port), ...(hasFolder ? [folder] : [])]
}

/** What somebody set for a relay of their own must not change ours. */
const cleanEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))

/** A server that is measured: a process of its own, whose port and folder stay over restarts. */
export class BenchServer {
  readonly #contestant: Contestant
  readonly #folder: string
  #child: ChildProcess | undefined
  #port = 0
  #said = ''

  private constructor(contestant: Contestant, folder: string) {
    this.#contestant = contestant
    this.#folder = folder
  }

  /** Resolves when it can serve. */
  static async start(contestant: Contestant, folder: string): Promise<BenchServer> {
    const server = new BenchServer(contestant, folder)
    await server.startAgain()
    return server
  }

  get port(): number {
    return this.#port
  }

  get #pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error(`${this.#contestant.title} does not run.`)
    return pid
  }

  /** CPU time so far, in milliseconds, by the operating system. */
  cpuMs(): number {
    return cpuMsOf(this.#pid)
  }

  /** KiB */
  rssKib(): number {
    return rssKibOf(this.#pid)
  }

  /** KiB */
  peakKib(): number {
    return peakKibOf(this.#pid)
  }

  /** Delays of its event loop are counted from here. */
  resetLoopDelays(): void {
    this.#child?.send('reset')
  }

  async loopDelays(): Promise<LoopDelays> {
    const child = this.#child!
    const answer = once(child, 'message')
    child.send('read')
    const [delays] = (await answer) as [LoopDelays]
    return delays
  }

  async startAgain(): Promise<void> {
    if (this.#child !== undefined) throw new Error('The server runs already.')
    const args = await argsOf(this.#contestant, this.#port, this.#folder)
    const child = spawn(process.execPath, ['--import', GAUGE, ...args], {
      cwd: HERE,
      env: cleanEnv(),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    this.#child = child
    this.#said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4000)
    })
    this.#port = await this.#whenReady(child)
  }

  #whenReady(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
      let printed = ''
      const fail = (why: string): void => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        reject(new Error(`${this.#contestant.title} ${why}. It said:\n${this.#said}`))
      }
      const timer = setTimeout(() => fail('was not ready in time'), START_MS)
      const onExit = (code: number | null): void => fail(`ended with code ${code}`)
      child.once('exit', onExit)
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        if (printed.length < 4000) printed += text
        const port = READY.exec(printed)?.[1]
        if (port === undefined) return
        clearTimeout(timer)
        child.off('exit', onExit)
        resolve(Number(port))
      })
    })
  }

  /** Resolves when the process is gone; one that does not go is killed. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
    await gone
    clearTimeout(timer)
  }
}
