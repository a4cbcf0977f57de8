import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { seededRandom } from '../kit/testing/random.ts'
import { Flow, reset } from './fault-flow.ts'
import type { Direction, FlowFaults } from './fault-flow.ts'
import { sendQueueEmpty } from './send-queue.ts'

export type { Direction } from './fault-flow.ts'

export type FaultProxyOptions = {
  /** The relay's port on the loopback. */
  readonly targetPort: number
  /** Port 0, the default, is any free one. */
  readonly port?: number
  /** Of the jitter. */
  readonly seed?: number
  /** Sees all bytes that pass, as they pass. Connections are numbered from 1. */
  readonly tap?: (connection: number, direction: Direction, bytes: Buffer) => void
}

export type FaultProxyCounters = {
  /** Accepted since the start, refused ones not among them. */
  readonly connections: number
  readonly openConnections: number
  readonly refused: number
  /** Connections broken off by `cut` or `cutAfterBytes`. */
  readonly cuts: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly swallowedUp: number
  readonly swallowedDown: number
}

type Connection = {
  readonly client: Socket
  readonly target: Socket
  readonly flows: Readonly<Record<Direction, Flow>>
}

const HOST = '127.0.0.1'
const MAX_DELAY_MS = 600_000
const MAX_PORT = 65_535
const DIRECTIONS: readonly Direction[] = ['up', 'down']

const cleanFaults = (): FlowFaults => ({
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  isSwallowing: false,
  isHeld: false,
  cut: undefined,
})

/**
 * A TCP proxy between clients and a relay that does to the wire what a fault within a page cannot. Every control works at once
 * and on all connections, those there are and those to come; HTTP passes through like anything else. Throws RangeError for a
 * number that means nothing.
 *
 * @example
 *   const wire = await startFaultProxy({ targetPort: relay.port })
 *   await page.goto(wire.url)
 *   wire.halfOpen('down')
 *   wire.heal()
 *   await wire.close()
 */
export const startFaultProxy = async (options: FaultProxyOptions): Promise<FaultProxy> => {
  const proxy = new FaultProxy(options)
  await proxy.listen(options.port ?? 0)
  return proxy
}

export class FaultProxy {
  readonly #server: Server
  readonly #random: () => number
  readonly #tap: NonNullable<FaultProxyOptions['tap']>
  readonly #connections = new Set<Connection>()
  readonly #faults: Record<Direction, FlowFaults> = { up: cleanFaults(), down: cleanFaults() }
  readonly #cutWaiters: Record<Direction, ((happened: boolean) => void)[]> = { up: [], down: [] }
  readonly #passed: Record<Direction, number> = { up: 0, down: 0 }
  readonly #swallowed: Record<Direction, number> = { up: 0, down: 0 }
  #targetPort = 0
  #isRefusing = false
  #connectionCount = 0
  #refusedCount = 0
  #cutCount = 0

  constructor({ targetPort, seed = 0, tap = () => undefined }: FaultProxyOptions) {
    this.retarget(targetPort)
    this.#tap = tap
    this.#random = seededRandom(seed)
    // Each direction ends by itself, as it does over a wire.
    const socketOptions = { allowHalfOpen: true, noDelay: true }
    this.#server = createServer(socketOptions, (client) => this.#accept(client))
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, HOST)
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** `http://127.0.0.1:PORT`; for a WebSocket put `ws` in front instead. */
  get url(): string {
    return `http://${HOST}:${this.port}`
  }

  get counters(): FaultProxyCounters {
    return {
      connections: this.#connectionCount,
      openConnections: this.#connections.size,
      refused: this.#refusedCount,
      cuts: this.#cutCount,
      bytesUp: this.#passed.up,
      bytesDown: this.#passed.down,
      swallowedUp: this.#swallowed.up,
      swallowedDown: this.#swallowed.down,
    }
  }

  /** Delays what is sent from now on: each direction by its own (0 if not named), both by up to `jitterMs` more. Order is kept. */
  latency({ upMs = 0, downMs = 0, jitterMs = 0 }: LatencyOptions): void {
    for (const ms of [upMs, downMs, jitterMs]) checkRange(ms, 0, MAX_DELAY_MS, 'A delay in ms')
    this.#change('up', { latencyMs: upMs, jitterMs })
    this.#change('down', { latencyMs: downMs, jitterMs })
  }

  /** Limits each direction of each connection; Infinity ends it. */
  rate({ bytesPerSecond }: { readonly bytesPerSecond: number }): void {
    if (!(bytesPerSecond > 0)) throw new RangeError('A rate is more than 0 bytes per second.')
    for (const direction of DIRECTIONS) this.#change(direction, { bytesPerSecond })
  }

  /** Breaks off all connections with RST; what is under way is lost. */
  cut(): void {
    for (const connection of [...this.#connections]) this.#cutOff(connection)
  }

  /**
   * Breaks off, with RST at both ends, the first connection through which `byteCount` more bytes have passed in this direction:
   * its receiver, if it reads, gets exactly those. Each connection counts for itself, so that short requests beside a long
   * connection do not matter. Once only; replaces an earlier one. Resolves to true when it happened, to false when
   * `heal`, `close` or a later call came first.
   */
  cutAfterBytes(direction: Direction, byteCount: number): Promise<boolean> {
    if (!Number.isInteger(byteCount) || byteCount < 1) {
      throw new RangeError('A cut comes after a whole number of bytes, at least 1.')
    }
    this.#giveUpCut(direction)
    this.#change(direction, { cut: { afterBytes: byteCount, passed: new WeakMap() } })
    return new Promise((resolve) => this.#cutWaiters[direction].push(resolve))
  }

  /**
   * New connections are accepted by the kernel and broken off with RST at once (the port is kept, so nobody else can take it);
   * those there are go on.
   */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing
  }

  /**
   * The bytes of that direction vanish, an end or a reset too, and no connection is closed: each end believes the other one is
   * there. New connections are made, and their bytes vanish as well.
   */
  halfOpen(which: Direction | 'both' | 'none'): void {
    for (const direction of DIRECTIONS) {
      this.#change(direction, { isSwallowing: which === direction || which === 'both' })
    }
  }

  /** The bytes of that direction wait, and the sender feels it when a megabyte does, until `release` or `heal`. */
  hold(direction: Direction): void {
    this.#change(direction, { isHeld: true })
  }

  /** Ends `hold`. */
  release(direction: Direction): void {
    this.#change(direction, { isHeld: false })
  }

  /** No fault is left: what waits is passed on at once, what was swallowed stays lost, ends that were swallowed come through. */
  heal(): void {
    this.#isRefusing = false
    for (const direction of DIRECTIONS) {
      Object.assign(this.#faults[direction], cleanFaults())
      this.#giveUpCut(direction)
      for (const { flows } of [...this.#connections]) flows[direction].heal()
    }
  }

  /** New connections go there; those there are stay where they are. */
  retarget(port: number): void {
    checkRange(port, 1, MAX_PORT, 'A port')
    this.#targetPort = port
  }

  /** Breaks off what is left and stops listening. */
  async close(): Promise<void> {
    for (const direction of DIRECTIONS) this.#giveUpCut(direction)
    for (const connection of [...this.#connections]) this.#breakOff(connection)
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #accept(client: Socket): void {
    client.on('error', ignoreReset)
    if (this.#isRefusing) {
      this.#refusedCount++
      reset(client)
      return
    }
    this.#connectionCount++
    const target = connect({
      host: HOST,
      port: this.#targetPort,
      allowHalfOpen: true,
      noDelay: true,
    })
    target.on('error', ignoreReset)
    const connection: Connection = {
      client,
      target,
      flows: {
        up: this.#flow('up', client, target, () => connection),
        down: this.#flow('down', target, client, () => connection),
      },
    }
    this.#connections.add(connection)
    const forget = (): void => {
      if (client.destroyed && target.destroyed) this.#connections.delete(connection)
    }
    client.on('close', forget)
    target.on('close', forget)
  }

  #flow(direction: Direction, source: Socket, sink: Socket, connection: () => Connection): Flow {
    let cutWaiters: ((happened: boolean) => void)[] = []
    const number = this.#connectionCount
    return new Flow(source, sink, this.#faults[direction], {
      random: this.#random,
      passed: (bytes) => {
        this.#passed[direction] += bytes.length
        this.#tap(number, direction, bytes)
      },
      swallowed: (byteCount) => {
        this.#swallowed[direction] += byteCount
      },
      cutBegins: () => {
        this.#faults[direction].cut = undefined
        cutWaiters = this.#cutWaiters[direction].splice(0)
        for (const each of DIRECTIONS) connection().flows[each].stop()
      },
      cutReached: () => {
        void sendQueueEmpty(sink).finally(() => {
          this.#cutOff(connection())
          for (const resolve of cutWaiters) resolve(true)
        })
      },
    })
  }

  #change(direction: Direction, change: Partial<FlowFaults>): void {
    Object.assign(this.#faults[direction], change)
    for (const { flows } of [...this.#connections]) flows[direction].pump()
  }

  #giveUpCut(direction: Direction): void {
    for (const resolve of this.#cutWaiters[direction].splice(0)) resolve(false)
  }

  #cutOff(connection: Connection): void {
    // It may be gone by itself.
    if (!this.#connections.has(connection)) return
    this.#cutCount++
    this.#breakOff(connection)
  }

  #breakOff(connection: Connection): void {
    this.#connections.delete(connection)
    for (const direction of DIRECTIONS) connection.flows[direction].stop()
    reset(connection.client)
    reset(connection.target)
  }
}

type LatencyOptions = {
  readonly upMs?: number
  readonly downMs?: number
  readonly jitterMs?: number
}

/** Always followed by `close`, which the flows pass on. */
const ignoreReset = (): void => {}

const checkRange = (value: number, min: number, max: number, what: string): void => {
  if (value >= min && value <= max) return
  throw new RangeError(`${what} is from ${min} to ${max}, not ${value}.`)
}
