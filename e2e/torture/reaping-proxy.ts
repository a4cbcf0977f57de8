import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

export type Reaping = {
  /** A connection over which nothing has gone for so long is broken off. */
  readonly idleMs: number
  /** And so is every one of this age. */
  readonly lifeMs: number
}

/** A TCP proxy that breaks off idle and old connections with RST, as load balancers do. */
export class ReapingProxy {
  idleCuts = 0
  lifeCuts = 0
  /** On the loopback, of connections to come. */
  targetPort = 1
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async start({ idleMs, lifeMs }: Reaping): Promise<ReapingProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new ReapingProxy(server)
    server.on('connection', (client) => {
      const target = connect({ host: '127.0.0.1', port: proxy.targetPort, noDelay: true })
      const reap = (): void => {
        clearTimeout(life)
        clearTimeout(idle)
        client.resetAndDestroy()
        target.resetAndDestroy()
      }
      const life = setTimeout(() => {
        proxy.lifeCuts++
        reap()
      }, lifeMs)
      const idle = setTimeout(() => {
        proxy.idleCuts++
        reap()
      }, idleMs)
      for (const [socket, other] of [
        [client, target],
        [target, client],
      ] as const) {
        proxy.#sockets.add(socket)
        socket.on('data', () => idle.refresh())
        socket.pipe(other)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          proxy.#sockets.delete(socket)
          reap()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
