/**
 * The socket in a store's folder by which others find out that its writer lives, and ask it to leave the pages that they read as
 * they are.
 *
 *     writer → who comes    "PID\n", and "kept\n" where from now on no page that is in use is written over, else "opening\n"
 *     who comes → writer    "?\n", answered by "kept\n" while that holds
 *
 * What it keeps it keeps until the connection ends. A socket without a process behind it refuses: a dead writer needs no
 * number, and one in another container is found too. Where a file system has no sockets there is none, and the writer's row
 * alone tells who writes (lmdb-writer.ts).
 */
import { createHash, randomBytes } from 'node:crypto'
import { linkSync, mkdtempSync, rmSync, statSync, symlinkSync, unlinkSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { StoreError } from './store.ts'

export const DOOR = 'writer.sock'

/** Of `sun_path`, with its end: 104 on macOS, 108 on Linux. */
const MOST_PATH_BYTES = 100
const ANSWER_MS = 5_000
const TRIES = 3

export type Door = {
  /** From now on whoever comes has its pages kept: `keep` returns how to let go of them, or throws where it cannot be done. */
  readonly serve: (keep: () => () => void) => void
  /** Lets go of all that is kept, and keeps nothing until it serves again. */
  readonly rest: () => void
  readonly close: () => void
}

/** Rejects with `in-use` where somebody stands behind the door already. */
export async function openDoor(dir: string): Promise<Door> {
  for (let tries = 1; ; tries++) {
    const server = createServer()
    try {
      const release = await listen(server, dir)
      return new OpenDoor(server, release)
    } catch (error) {
      server.close()
      if (!isTaken(error)) return CLOSED
      if (!(await wasDead(dir))) return CLOSED
      if (tries === TRIES) throw inUse(dir, undefined)
    }
  }
}

/** Where this file system has no sockets, or is not written to any more. */
const CLOSED: Door = { serve: () => {}, rest: () => {}, close: () => {} }

class OpenDoor implements Door {
  readonly #server: Server
  readonly #release: () => void
  /** Who is there, and how to let go of what is kept for it; undefined until something is. */
  readonly #guests: Map<Socket, (() => void) | undefined> = new Map()
  #keep: (() => () => void) | undefined

  constructor(server: Server, release: () => void) {
    this.#server = server
    this.#release = release
    server.unref()
    server.on('connection', (socket) => this.#welcome(socket))
  }

  serve(keep: () => () => void): void {
    this.#keep = keep
  }

  rest(): void {
    this.#keep = undefined
    for (const socket of this.#guests.keys()) this.#leave(socket)
  }

  close(): void {
    this.rest()
    this.#server.close()
    this.#release()
  }

  #welcome(socket: Socket): void {
    socket.unref()
    this.#guests.set(socket, undefined)
    // Whoever goes while it is written to is gone: nothing is owed to it.
    socket.on('error', () => this.#leave(socket))
    socket.on('close', () => this.#leave(socket))
    socket.write(`${process.pid}\n`)
    socket.write(this.#keepFor(socket) ? 'kept\n' : 'opening\n')
    onLines(socket, () => {
      if (this.#guests.get(socket) !== undefined) socket.write('kept\n')
    })
  }

  #keepFor(socket: Socket): boolean {
    try {
      this.#guests.set(socket, this.#keep?.())
      return this.#keep !== undefined
    } catch {
      // LMDB has no room for one more. Who reads finds out by itself whether it was written to.
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
  /** Whether all was kept until now. */
  readonly isKept: () => Promise<boolean>
  readonly close: () => void
}

/** Undefined where no writer lives, or none that keeps anything: it is stopped, say. */
export async function askToKeep(dir: string): Promise<Kept | undefined> {
  const socket = await knock(dir)
  if (socket === undefined) return undefined
  const said = new Lines(socket)
  if ((await said.next()) !== undefined && (await said.next()) === 'kept') {
    return {
      async isKept() {
        socket.write('?\n')
        return (await said.next()) === 'kept'
      },
      close: () => void socket.destroy(),
    }
  }
  socket.destroy()
  return undefined
}

async function refuseIfAnswered(dir: string): Promise<void> {
  const socket = await knock(dir)
  if (socket === undefined) return
  const pid = await new Lines(socket).next()
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
  async next(): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    if (this.#said.length === 0 && !this.#isOver) {
      await new Promise<void>((settle) => {
        this.#heard = settle
        timer = setTimeout(settle, ANSWER_MS)
      })
    }
    clearTimeout(timer)
    return this.#said.shift()
  }
}

/** A connection, where somebody takes it. */
async function knock(dir: string): Promise<Socket | undefined> {
  const isWindows = process.platform === 'win32'
  const address = isWindows ? { path: pipeOf(dir), release: () => {} } : addressOf(dir, DOOR)
  try {
    return await new Promise<Socket>((settle, reject) => {
      const socket = createConnection(address.path, () => {
        socket.off('error', reject)
        settle(socket)
      })
      socket.once('error', reject)
    })
  } catch {
    // Nobody ever opened it, who did is dead, or this file system has none.
    return undefined
  } finally {
    address.release()
  }
}

/** Removes the socket of a process that is dead; false where that is not allowed. Rejects with `in-use` where it lives. */
async function wasDead(dir: string): Promise<boolean> {
  const seen = identityOf(dir)
  await refuseIfAnswered(dir)
  try {
    // Another one that starts just now may have put its own there meanwhile.
    if (seen !== undefined && identityOf(dir) === seen) unlinkSync(join(dir, DOOR))
    return true
  } catch {
    return false
  }
}

function identityOf(dir: string): string | undefined {
  const stats = statSync(join(dir, DOOR), { throwIfNoEntry: false })
  return stats && `${stats.ino} ${stats.birthtimeMs}`
}

/**
 * Rejects with `EEXIST` or `EADDRINUSE` where there is one. A socket that does not listen yet looks like a dead one: it gets its
 * name when it does. Returns how to take that name away again.
 */
async function listen(server: Server, dir: string): Promise<() => void> {
  if (process.platform === 'win32') {
    await listenAt(server, pipeOf(dir))
    return () => {}
  }
  const draft = `writer-${randomBytes(6).toString('hex')}.sock`
  const address = addressOf(dir, draft)
  try {
    await listenAt(server, address.path)
    linkSync(join(dir, draft), join(dir, DOOR))
  } finally {
    rmSync(join(dir, draft), { force: true })
    address.release()
  }
  const own = identityOf(dir)
  return () => {
    if (identityOf(dir) === own) rmSync(join(dir, DOOR), { force: true })
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

/** Pipes of Windows are in no folder, and gone with their process. */
function pipeOf(dir: string): string {
  const name = createHash('sha256').update(resolve(dir).toLowerCase()).digest('hex')
  return `\\\\.\\pipe\\holdfast-${name}`
}

function listenAt(server: Server, path: string): Promise<void> {
  return new Promise((settle, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      settle()
    })
  })
}

function isTaken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EEXIST' || code === 'EADDRINUSE'
}

function inUse(dir: string, pid: string | undefined): StoreError {
  const who = pid === undefined ? 'a process that does not answer' : `process ${pid}`
  return new StoreError('in-use', `The store in ${dir} is in use by ${who}.`)
}
