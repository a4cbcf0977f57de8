import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { startFaultProxy } from '../fault-proxy.ts'
import type { FaultProxy } from '../fault-proxy.ts'

export const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port

export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Until a number has not moved for 100 ms. */
export const untilStill = async (read: () => number): Promise<void> => {
  let before = Number.NaN
  while (read() !== before) {
    before = read()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What has come in at one end of a connection, and how it ended. */
export class End {
  readonly socket: Socket
  readonly #chunks: Buffer[] = []
  hasEnded = false
  failure: string | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => this.#chunks.push(bytes))
    socket.on('end', () => {
      this.hasEnded = true
    })
    socket.on('error', (error) => {
      this.failure = (error as NodeJS.ErrnoException).code ?? error.message
    })
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.bytes.toString()
  }

  get isOpen(): boolean {
    return !this.hasEnded && !this.socket.destroyed && this.failure === undefined
  }

  async has(text: string): Promise<void> {
    await until(() => this.text === text)
  }
}

type World = {
  readonly proxy: FaultProxy
  /** The ends that the server accepted, oldest first. */
  readonly accepted: readonly End[]
  /** A connection through the proxy: the client's end and the server's. */
  readonly dial: () => Promise<{ readonly client: End; readonly served: End }>
}

/** A server that says nothing by itself, behind a proxy. */
export const world = async (t: TestContext): Promise<World> => {
  const accepted: End[] = []
  const server = await listening((socket) => accepted.push(new End(socket)))
  const proxy = await startFaultProxy({ targetPort: portOf(server), seed: 1 })
  const clients: Socket[] = []
  t.after(async () => {
    await proxy.close()
    for (const client of clients) client.destroy()
    for (const { socket } of accepted) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const dial = async () => {
    const count = accepted.length
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    clients.push(socket)
    const client = new End(socket)
    await until(() => accepted.length > count)
    const served = accepted.at(-1)
    assert.ok(served !== undefined)
    return { client, served }
  }
  return { proxy, accepted, dial }
}

export const listening = async (accept: (socket: Socket) => void): Promise<Server> => {
  const server = createServer({ allowHalfOpen: true }, accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Long enough for anything that was sent to be there, were it not stopped: a round trip beside it. */
export const roundTrip = async ({ dial }: World): Promise<void> => {
  const { client, served } = await dial()
  client.socket.write('ping')
  await served.has('ping')
  served.socket.write('pong')
  await client.has('pong')
}
