/**
 * The socket in a store's folder by which others find out that its writer lives, and ask it to leave the pages that they read as
 * they are.
 *
 *     writer → who comes    "PID\n", and "kept N\n" where from now on no page that is in use is written over, else "opening\n"
 *     who comes → writer    "?\n", answered by "kept N\n" while that holds; N is the latest commit that is on disk
 *
 * What it keeps it keeps until the connection ends. A socket without a process behind it refuses: a dead writer needs no
 * number, and one in another container is found too. Where there can be none the writer's row alone tells who writes
 * (lmdb-writer.ts).
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { reason } from './lmdb-file.ts'
import { StoreError } from './store.ts'

export const DOOR = 'writer.sock'

/** Of `sun_path`, with its end: 104 on macOS, 108 on Linux. */
const MOST_PATH_BYTES = 100
/** LMDB has 126 places for readers, and the relay needs some itself. */
const MOST_GUESTS = 32
const TRIES = 3
/** A relay that stands still for longer is asked no further. */
const FIRST_ANSWER_MS = 10_000
/** Who has read for an hour does not lose it to a disk that takes a while. */
const LAST_ANSWER_MS = 120_000

/** What a writer does for those who read beside it. */
export type Keeping = {
  /** Returns how to let go; throws where it cannot be done. */
  readonly keep: () => () => void
  /** The number of the latest commit that is on disk. */
  readonly latest: () => number
}

export type Door = {
  /** From now on pages are kept for whoever comes. */
  readonly serve: (keeping: Keeping) => void
  /** Lets go of all that is kept, and keeps nothing until it serves again. */
  readonly rest: () => void
  readonly close: () => void
}

/** Rejects with `in-use` where somebody stands behind the door already. `warn` is told where there can be no door. */
export async function openDoor(dir: string, warn: (sentence: string) => void): Promise<Door> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const server = createServer()
    try {
      await listen(server, dir)
      return new OpenDoor(server, dir)
    } catch (error) {
      server.close()
      const why = isTaken(error) ? await whyNotRemoved(dir) : reason(error)
      if (why === undefined) continue
      warn(
        `${join(dir, DOOR)} cannot be made (${why}): a relay of another container is not kept from this store, and who reads it beside this one may have to ask again.`,
      )
      return { serve: () => {}, rest: () => {}, close: () => {} }
    }
  }
  throw inUse(dir, undefined)
}

class OpenDoor implements Door {
  readonly #server: Server
  readonly #dir: string
  readonly #identity: string | undefined
  /** For whom something is kept, and how to let go of it. */
  readonly #guests: Map<Socket, () => void> = new Map()
  #keeping: Keeping | undefined

  constructor(server: Server, dir: string) {
    this.#server = server
    this.#dir = dir
    this.#identity = identityOf(join(dir, DOOR))
    server.unref()
    server.on('connection', (socket) => this.#welcome(socket))
    // Out of file descriptors, say: who comes then is not let in, and finds out by itself.
    server.on('error', () => {})
  }

  serve(keeping: Keeping): void {
    this.#keeping = keeping
  }

  rest(): void {
    this.#keeping = undefined
    for (const socket of this.#guests.keys()) this.#leave(socket)
  }

  close(): void {
    this.rest()
    this.#server.close()
    const path = join(this.#dir, DOOR)
    try {
      if (identityOf(path) === this.#identity) rmSync(path, { force: true })
    } catch {
      // Where it stays it is that of a dead one, for whoever comes next.
    }
  }

  #welcome(socket: Socket): void {
    socket.unref()
    // Whoever goes while it is written to is gone: nothing is owed to it.
    socket.on('error', () => this.#leave(socket))
    socket.on('close', () => this.#leave(socket))
    socket.write(`${process.pid}\n`)
    const isKept = this.#keepFor(socket)
    socket.write(isKept ? this.#kept() : 'opening\n')
    onLines(socket, () => {
      if (this.#guests.has(socket)) socket.write(this.#kept())
    })
  }

  #kept(): string {
    return `kept ${this.#keeping?.latest()}\n`
  }

  #keepFor(socket: Socket): boolean {
    if (this.#keeping === undefined || this.#guests.size >= MOST_GUESTS) return false
    try {
      this.#guests.set(socket, this.#keeping.keep())
      return true
    } catch {
      // LMDB has no place for one more. Who reads finds out by itself whether it was written to.
      return false
    }
  }

  #leave(socket: Socket): void {
    this.#guests.get(socket)?.()
    this.#guests.delete(socket)
    socket.destroy()
  }
}

/** What a writer keeps for this process, until it is closed. */
export type Kept = {
  /** The latest commit that was on disk when it began. */
  readonly commit: number
  /** The one that is by now, where all was kept until now. */
  readonly latest: () => Promise<number | undefined>
  readonly close: () => void
}

/** Undefined where no writer lives, or none that keeps anything: it is stopped, say. */
export async function askToKeep(dir: string): Promise<Kept | undefined> {
  const socket = await knock(dir)
  if (typeof socket === 'string') return undefined
  const said = new Lines(socket)
  const pid = await said.next(FIRST_ANSWER_MS)
  const commit = pid === undefined ? undefined : keptIn(await said.next(FIRST_ANSWER_MS))
  if (commit === undefined) {
    socket.destroy()
    return undefined
  }
  return {
    commit,
    async latest() {
      socket.write('?\n')
      return keptIn(await said.next(LAST_ANSWER_MS))
    },
    close: () => void socket.destroy(),
  }
}

function keptIn(line: string | undefined): number | undefined {
  const [, commit] = /^kept (\d+)$/.exec(line ?? '') ?? []
  return commit === undefined ? undefined : Number(commit)
}

/** Resolves with how the knock ended. Rejects with `in-use` where somebody answers. */
export async function refuseIfAnswered(dir: string): Promise<'nobody' | 'unknown'> {
  const socket = await knock(dir)
  if (typeof socket === 'string') return socket
  const pid = await new Lines(socket).next(FIRST_ANSWER_MS)
  socket.destroy()
  throw inUse(dir, pid)
}

/** Node's readline throws the errors of its socket once more, where nobody hears them. */
function onLines(socket: Socket, take: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}

class Lines {
  readonly #said: string[] = []
  #heard: (() => void) | undefined
  #isOver = false

  constructor(socket: Socket) {
    const hear = (): void => this.#heard?.()
    onLines(socket, (line) => {
      this.#said.push(line)
      hear()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#isOver = true
      hear()
    })
  }

  /** Undefined where nothing comes any more, or not in time. */
  async next(withinMs: number): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    if (this.#said.length === 0 && !this.#isOver) {
      await new Promise<void>((settle) => {
        this.#heard = settle
        timer = setTimeout(settle, withinMs)
      })
    }
    clearTimeout(timer)
    return this.#said.shift()
  }
}

/** A connection, where somebody takes it. `unknown`: this process may not ask, say, or too many do. */
async function knock(dir: string): Promise<Socket | 'nobody' | 'unknown'> {
  let address: Address | undefined
  try {
    const stats = lstatSync(join(dir, DOOR), { throwIfNoEntry: false })
    if (stats?.isSocket() === false) return 'unknown'
    const { path } = (address = addressOf(dir, DOOR))
    return await new Promise<Socket>((settle, reject) => {
      const socket = createConnection(path, () => {
        socket.off('error', reject)
        settle(socket)
      })
      socket.once('error', reject)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Of the dead, and where nobody ever was.
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? 'nobody' : 'unknown'
  } finally {
    address?.release()
  }
}

/** Removes the socket of a process that is dead; returns why not. Rejects with `in-use` where it lives. */
async function whyNotRemoved(dir: string): Promise<string | undefined> {
  const path = join(dir, DOOR)
  const dead = identityOf(path)
  if ((await refuseIfAnswered(dir)) === 'unknown') return 'it is there and does not say whose it is'
  const aside = join(dir, draftName())
  try {
    renameSync(path, aside)
    // Another relay that starts just now may have put its own there meanwhile.
    if (identityOf(aside) !== dead) linkSync(aside, path)
    rmSync(aside, { force: true })
    return undefined
  } catch (error) {
    return identityOf(path) === dead ? reason(error) : undefined
  }
}

function identityOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && `${stats.ino} ${stats.birthtimeMs}`
}

function draftName(): string {
  return `writer-${randomBytes(6).toString('hex')}.sock`
}

/** A socket that does not listen yet looks like a dead one: it gets its name when it does. Rejects with `EEXIST` where there is one. */
async function listen(server: Server, dir: string): Promise<void> {
  const draft = draftName()
  const { path, release } = addressOf(dir, draft)
  try {
    await new Promise<void>((settle, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        settle()
      })
    })
    chmodSync(join(dir, draft), 0o600)
    linkSync(join(dir, draft), join(dir, DOOR))
  } finally {
    rmSync(join(dir, draft), { force: true })
    release()
  }
}

type Address = { readonly path: string; readonly release: () => void }

/** A name that is too long for a socket is reached through a short one of its folder. */
function addressOf(dir: string, name: string): Address {
  const path = join(resolve(dir), name)
  if (Buffer.byteLength(path) < MOST_PATH_BYTES) return { path, release: () => {} }
  const short = mkdtempSync(join(tmpdir(), 'hf-'))
  symlinkSync(resolve(dir), join(short, 'd'))
  return {
    path: join(short, 'd', name),
    release: () => rmSync(short, { recursive: true, force: true }),
  }
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST'
}

function inUse(dir: string, pid: string | undefined): StoreError {
  const who = pid === undefined ? 'a process that does not answer' : `process ${pid}`
  return new StoreError('in-use', `The store in ${dir} is in use by ${who}.`)
}
