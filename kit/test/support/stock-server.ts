import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const { resolve } = createRequire(import.meta.url)
const MAIN = join(dirname(resolve('@y/websocket-server/package.json')), 'src', 'server.js')

/** The server that comes with y-websocket, as a process of its own: it keeps its documents in memory. */
export class StockServer {
  #child: ChildProcess | undefined
  #port = 0

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  /** On the same port where it ran before. */
  async start(): Promise<this> {
    if (this.#port === 0) this.#port = await freePort()
    const { YPERSISTENCE: _, ...env } = process.env
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env, HOST: '127.0.0.1', PORT: String(this.#port) },
    })
    this.#child = child
    await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(() => {
        throw new Error('The stock server ended.')
      }),
    ])
    return this
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill()
    await gone
  }
}

/** It takes no port 0. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
