import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { programs } from './relay-process.ts'

type Lab = { readonly pid: number; readonly starts: number }

/** Never down, and as quick behind each kill as behind the first: who kills it twice in a second wants to see it again. */
const PATIENCE = {
  firstDelayMs: 100,
  lastDelayMs: 10_000,
  wellAfterMs: 0,
  mostDeaths: Number.MAX_SAFE_INTEGER,
  withinMs: 60_000,
}
const LOOK_EVERY_MS = 10
const SERVED_WITHIN_MS = 30_000

/** A real relay under a real supervisor: who kills it need not start it again. */
export class SupervisedRelay {
  readonly dataDir: string
  readonly #supervisor: ChildProcess
  readonly url: string
  said = ''
  #lab: Lab

  private constructor(dataDir: string, supervisor: ChildProcess, url: string, lab: Lab) {
    this.dataDir = dataDir
    this.#supervisor = supervisor
    this.url = url
    this.#lab = lab
    supervisor.stderr?.on('data', (text: string) => (this.said += text))
  }

  /** Resolves when it serves. `nodeOptions` are those of Node, for the supervisor and the relay. */
  static async start(nodeOptions: readonly string[] = []): Promise<SupervisedRelay> {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-supervised-'))
    const { supervise } = await programs()
    const source = `
      import { supervise } from ${JSON.stringify(supervise)}
      process.exitCode = await supervise(process.argv.slice(1), process.env, ${JSON.stringify(PATIENCE)})`
    const options = ['--port', '0', '--data', dataDir]
    const supervisor = spawn(
      process.execPath,
      [...nodeOptions, '--input-type=module', '-e', source, '--', ...options],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOLDFAST_DEMO: '1' } },
    )
    process.once('exit', () => supervisor.kill('SIGKILL'))
    supervisor.stdout.setEncoding('utf8')
    supervisor.stderr.setEncoding('utf8')
    const url = await new Promise<string>((resolve, reject) => {
      let printed = ''
      supervisor.stdout.on('data', (text: string) => {
        const [, found] = /^Holdfast ready at (\S+)$/m.exec((printed += text)) ?? []
        if (found !== undefined) resolve(found)
      })
      supervisor.once('exit', (code) =>
        reject(new Error(`The supervisor ended with code ${code}.`)),
      )
    })
    const lab = await labOf(url)
    if (lab === undefined) throw new Error('The relay has no lab.')
    return new SupervisedRelay(dataDir, supervisor, url, lab)
  }

  /** How often it was started. */
  get starts(): number {
    return this.#lab.starts
  }

  get pid(): number {
    return this.#lab.pid
  }

  /** Kills the relay beneath its supervisor. */
  kill(): void {
    process.kill(this.#lab.pid, 'SIGKILL')
  }

  /** Resolves when the next one serves; rejects when none does in time. */
  async startAgain(): Promise<void> {
    const { starts } = this.#lab
    const since = performance.now()
    for (;;) {
      const lab = await labOf(this.url)
      if (lab !== undefined && lab.starts > starts) {
        this.#lab = lab
        return
      }
      if (performance.now() - since > SERVED_WITHIN_MS) {
        throw new Error(`The relay does not come back. Its supervisor said:\n${this.said}`)
      }
      await sleep(LOOK_EVERY_MS)
    }
  }

  async destroy(): Promise<void> {
    if (this.#supervisor.exitCode === null) {
      const gone = once(this.#supervisor, 'exit')
      this.#supervisor.kill('SIGTERM')
      await gone
    }
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

const labOf = async (url: string): Promise<Lab | undefined> => {
  try {
    return (await (await fetch(`${url}/lab`)).json()) as Lab
  } catch {
    return undefined
  }
}
