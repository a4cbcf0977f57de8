/**
 * A store in a process of its own, to be killed, to have its disk held back, or to read beside a
 * writer. Run as a script it obeys JSON lines on standard input; imported, it is the other end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openLmdbReadOnly } from '../lmdb-read-only.ts'
import { openLmdbStore } from '../lmdb-store.ts'
import { StoreError } from '../store.ts'
import type { Append, Store, StoreReader } from '../store.ts'

export type Mode = 'write' | 'read-only'
type TextAppend = Omit<Append, 'bytes'> & { text: string }
type Call =
  | { op: 'append' | 'append-each'; appends: readonly TextAppend[] }
  | { op: 'open' | 'heads'; room: string }
  | { op: 'rooms' | 'close' }
export type Answer = { ok: true; value: unknown } | { ok: false; code: string; message: string }
type Reply = { id: number; answer: Answer }

export class StoreProcess {
  readonly pid: number
  /** Whether the store could be opened. */
  readonly opened: Promise<Answer>
  readonly #child
  readonly #waiting: Map<number, (answer: Answer) => void> = new Map()
  #calls = 0
  stderr = ''

  constructor(dir: string, mode: Mode, env: NodeJS.ProcessEnv = {}) {
    const script = fileURLToPath(import.meta.url)
    this.#child = spawn(process.execPath, [...process.execArgv, script, dir, mode], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? 0
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.#child.stdin.on('error', () => this.#giveUp())
    this.#child.on('close', () => this.#giveUp())
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { id, answer } = JSON.parse(line) as Reply
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    })
    this.opened = this.#answerTo(0)
  }

  call(call: Call): Promise<Answer> {
    const id = ++this.#calls
    this.#child.stdin.write(`${JSON.stringify({ id, call })}\n`)
    return this.#answerTo(id)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'close')
    this.#child.kill(signal)
    await gone
  }

  #answerTo(id: number): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  #giveUp(): void {
    for (const answer of this.#waiting.values()) {
      answer({ ok: false, code: 'process-ended', message: this.stderr })
    }
    this.#waiting.clear()
  }
}

async function obey(dir: string, mode: Mode): Promise<void> {
  const reply = (id: number, answer: Answer): void => {
    process.stdout.write(`${JSON.stringify({ id, answer } satisfies Reply)}\n`)
  }
  let store: Store | StoreReader
  try {
    store = mode === 'write' ? await openLmdbStore(dir) : await openLmdbReadOnly(dir)
  } catch (error) {
    reply(0, failure(error))
    return
  }
  reply(0, { ok: true, value: process.pid })
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, call } = JSON.parse(line) as { id: number; call: Call }
    perform(store, call).then(
      (value) => reply(id, { ok: true, value }),
      (error: unknown) => reply(id, failure(error)),
    )
  })
}

async function perform(store: Store | StoreReader, call: Call): Promise<unknown> {
  switch (call.op) {
    case 'append':
      return writable(store).append(call.appends.map(appendOf))
    case 'append-each':
      // One commit for each.
      for (const append of call.appends) await writable(store).append([appendOf(append)])
      return call.appends.length
    case 'open':
      return store.open(call.room)
    case 'heads':
      return (await store.read(call.room, 0, Number.MAX_SAFE_INTEGER)).map(({ head }) => head)
    case 'rooms':
      return store.rooms()
    case 'close':
      return store.close()
  }
}

const appendOf = ({ text, ...rest }: TextAppend): Append => ({ ...rest, bytes: Buffer.from(text) })

function writable(store: Store | StoreReader): Store {
  if (!('append' in store)) throw new Error('This store is open for reading only.')
  return store
}

function failure(error: unknown): Answer {
  if (error instanceof StoreError) return { ok: false, code: error.code, message: error.message }
  return { ok: false, code: 'unexpected', message: String(error) }
}

const [, script, dir, mode] = process.argv
if (script !== undefined && dir !== undefined && import.meta.url === pathToFileURL(script).href) {
  await obey(dir, mode as Mode)
}
