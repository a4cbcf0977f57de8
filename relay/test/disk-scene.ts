/** A real relay on a disk that a test fills, locks or breaks, with clients that keep a ledger of what they wrote. */
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, mock } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room } from '../../kit/node.ts'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'
import { ask, codeOf } from './started-relay.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ROOM = 'disk'
const TIMEOUT = { timeout: 120_000 }

type Status = Room['status']['current']

/** `number` is the scenario's; `title` begins with the rules that it holds. */
export type Scenario = {
  readonly number: string
  readonly title: string
  /** Resolves with why it could not be played. */
  readonly play: (scene: Scene) => Promise<string | undefined>
}

/** `npm run test:long` plays the scenarios with the figures as they were written down. */
const isLong = process.env['HOLDFAST_LONG'] !== undefined

/** Played side by side: most of their time is waiting. */
export const scenarios = (name: string, all: readonly Scenario[]): void => {
  const { random } = Math
  if (!isLong) mock.method(Math, 'random', () => random() / 100)
  void describe(name, { concurrency: true }, () => {
    for (const { number, title, play } of all) {
      void it(`${number}, ${title}`, TIMEOUT, async (t) => {
        const scene = new Scene(t as TestContext, number)
        const why = await play(scene)
        if (why !== undefined) {
          // A record must not name what was not seen.
          assert.ok(!isLong, why)
          return scene.say(`not run: ${why}`)
        }
        const wait = 'clients wait, of what the relay asks for, times'
        scene.say(isLong ? `as written: ${wait} 1 to 2` : `shortened: ${wait} 1, as written 1 to 2`)
      })
    }
  })
}

/** Ends what it began in the opposite order, whatever became of the test. */
export class Scene {
  readonly dir: string
  readonly #t: TestContext
  readonly #number: string
  readonly #writers: Writer[] = []
  readonly #endings: (() => unknown)[] = []

  constructor(t: TestContext, number: string) {
    this.#t = t
    this.#number = number
    this.dir = mkdtempSync(join(tmpdir(), 'holdfast-disk-'))
    this.atEnd(() => rmSync(this.dir, { recursive: true, force: true }))
    t.after(async () => {
      for (const end of this.#endings.toReversed()) await end()
    })
  }

  say(text: string): void {
    this.#t.diagnostic(`${this.#number} ${text}`)
  }

  atEnd(end: () => unknown): void {
    this.#endings.push(end)
  }

  /** A file system of its own at the returned folder; or why there is none. */
  mount(...options: readonly string[]): { readonly folder: string } | string {
    const folder = join(this.dir, 'mounted')
    try {
      execFileSync('mkdir', ['-p', folder])
      execFileSync('mount', [...options, folder], { stdio: 'pipe' })
    } catch (error) {
      return `nothing can be mounted here: ${error instanceof Error ? error.message : String(error)}`
    }
    // Lazily: whatever may still hold it must not leave it behind.
    this.atEnd(() => execFileSync('umount', ['-l', folder], { stdio: 'ignore' }))
    return { folder }
  }

  /** `isKept`: one that dies is started again, as by `holdfast supervise`. */
  async startRelay(dataDir: string, isKept: boolean = false): Promise<DiskRelay> {
    const relay = new DiskRelay(dataDir, isKept)
    this.atEnd(() => relay.kill(isKept ? 'SIGTERM' : 'SIGKILL'))
    assert.equal(await relay.start(), undefined)
    return relay
  }

  client(relay: DiskRelay, user: string): Writer {
    const writer = new Writer(relay.url, user)
    this.#writers.push(writer)
    this.atEnd(() => writer.room.close())
    return writer
  }

  /** Who writes is told that the edits wait, or that there is no relay: LMDB may end it where it cannot write. */
  async expectTold(): Promise<void> {
    const waiting = this.#writers.filter(({ pendingCount }) => pendingCount > 0)
    assert.ok(waiting.length > 0, 'something waits')
    await Promise.all(
      waiting.map(({ room }) =>
        until(room, ({ save, connection }) => {
          return save === 'blocked' || (save === 'volatile' && connection !== 'live')
        }),
      ),
    )
  }

  /** Everybody knows: who writes is told that the edits wait, who only reads that nothing is stored, and the operator by `/readyz`. */
  async expectBlocked(relay: DiskRelay): Promise<void> {
    await Promise.all(
      this.#writers.map(async ({ room, pendingCount }) => {
        const { save } = await until(room, ({ problem }) => problem?.code === 'cannot-store')
        if (pendingCount > 0) assert.equal(save, 'blocked')
      }),
    )
    const readiness = await ask(relay.port, '/readyz')
    assert.deepEqual([readiness.status, codeOf(readiness)], [503, 'store-failed'])
    assert.equal((await ask(relay.port, '/healthz')).status, 200)
  }

  /** Nothing that was acked until now is missing on the disk, as a process that only reads it finds it. */
  async expectAckedOnDisk(dataDir: string): Promise<void> {
    const acked = this.#writers.flatMap((writer) => [...writer.acked])
    const found = new Set(await eventsIn(dataDir))
    assert.deepEqual(
      acked.filter((event) => !found.has(event)),
      [],
      'acked, and not on the disk',
    )
  }

  /** What waits was offered again, and failed again. */
  async expectStillBlocked(): Promise<void> {
    const waiting = this.#writers.filter(({ pendingCount }) => pendingCount > 0)
    assert.ok(waiting.length > 0, 'something waits')
    await Promise.race(
      waiting.map(({ room }) => {
        const { resent } = room.status.current.counters
        return until(room, ({ counters, save }) => counters.resent > resent && save === 'blocked')
      }),
    )
  }

  /** By itself all that waits is stored, once, and an independent reading of the disk finds what the ledgers say. */
  async expectAllStored(relay: DiskRelay): Promise<void> {
    for (const { room } of this.#writers) {
      await until(room, ({ save, connection }) => save === 'saved' && connection === 'live')
    }
    assert.equal((await ask(relay.port, '/readyz')).status, 200)
    for (const writer of this.#writers) assert.equal(writer.pendingCount, 0)
    await relay.stop()
    const pushed = this.#writers.flatMap((writer) => writer.pushed)
    assert.deepEqual((await eventsIn(relay.dataDir)).toSorted(), pushed.toSorted())
    this.say(`${pushed.length} events, each once`)
  }
}

/** One of them is written down before it is pushed, and again when its delivery resolves. */
export class Writer {
  readonly room: Room
  readonly pushed: string[] = []
  readonly acked: Set<string> = new Set()
  readonly #user: string

  constructor(url: string, user: string) {
    this.#user = user
    this.room = openRoom({ url, room: ROOM, user, WebSocket: nodeWebSocket() })
  }

  get pendingCount(): number {
    return this.pushed.length - this.acked.size
  }

  push(bytes: number): void {
    const payload = { by: this.#user, n: this.pushed.length + 1, pad: '.'.repeat(bytes) }
    const event = JSON.stringify(payload)
    this.pushed.push(event)
    this.room.push('note', payload).receive('ok', () => this.acked.add(event))
  }

  /** Some of that size, stored. */
  async pushStored(count: number, bytes: number): Promise<void> {
    for (let more = count; more > 0; more--) this.push(bytes)
    await this.room.flush()
  }

  /** One after the other, until one is not stored, and one more. */
  async pushUntilBlocked(bytes: number): Promise<void> {
    for (let isLive = true; isLive;) {
      this.push(bytes)
      const status = await until(this.room, ({ save, connection }) => {
        return save === 'saved' || connection !== 'live'
      })
      isLive = status.connection === 'live'
    }
    this.push(bytes)
  }
}

/** The relay's process; it keeps its port. */
export class DiskRelay {
  readonly dataDir: string
  readonly #isKept: boolean
  port = 0
  /** What it wrote to stderr since it was started here. */
  said = ''
  #child: ChildProcess | undefined

  constructor(dataDir: string, isKept: boolean = false) {
    this.dataDir = dataDir
    this.#isKept = isKept
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Of the process that serves. */
  get pid(): number {
    const pid = this.#child?.pid
    assert.ok(pid !== undefined, 'the relay runs')
    if (!this.#isKept) return pid
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    assert.ok(child !== undefined && child !== '', 'the kept relay runs')
    return Number(child)
  }

  /** Resolves with undefined when it can serve, or with the code or signal that ended it before. */
  async start(): Promise<number | string | undefined> {
    const { main, cli } = await bundledRelay()
    const program = this.#isKept ? [cli, 'supervise'] : [main]
    const args = [...program, '--port', `${this.port}`, '--data', this.dataDir]
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    this.said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.said += text))
    const ended = once(child, 'close') as Promise<[number | null, string | null]>
    const ready = new Promise<undefined>((resolve) => {
      let printed = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const [, port] = /^Holdfast ready at \S+:(\d+)$/m.exec((printed += text)) ?? []
        if (port === undefined) return
        this.port = Number(port)
        resolve(undefined)
      })
    })
    return Promise.race([ready, ended.then(([code, signal]) => code ?? signal ?? 'unknown')])
  }

  get isRunning(): boolean {
    return (
      this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
    )
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return child?.exitCode ?? null
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
    return child.exitCode
  }

  async stop(): Promise<void> {
    assert.ok(this.isRunning, `the relay ended by itself. It said:\n${this.said}`)
    assert.equal(await this.kill('SIGTERM'), 0, this.said)
  }
}

/** The events of the room's log, as `holdfast inspect` reads it from the disk; it fails where anything is wrong there. */
const eventsIn = async (dataDir: string): Promise<string[]> => {
  const { cli } = await bundledRelay()
  const args = [cli, 'inspect', '--data', dataDir, '--room', ROOM, '--payload']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    maxBuffer: 2 ** 26,
  })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly payload: unknown })
    .filter(({ kind }) => kind !== 'turn')
    .map(({ payload }) => JSON.stringify(payload))
}

export const until = (room: Room, isSo: (status: Status) => boolean): Promise<Status> =>
  new Promise((resolve) => {
    room.status.subscribe((status) => {
      if (isSo(status)) resolve(status)
    })
  })
