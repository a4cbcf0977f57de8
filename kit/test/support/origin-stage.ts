import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { WebSocket } from 'ws'
import { startFaultProxy } from '../../../e2e/fault-proxy.ts'
import type { Direction, FaultProxy } from '../../../e2e/fault-proxy.ts'
import { WebSocketReader } from '../../../e2e/support/websocket-reader.ts'
import { createRelay, inspectRoom } from '../../../relay/index.ts'
import type { InspectedRecord, Relay, RelayOptions } from '../../../relay/index.ts'
import type { Payload, Room } from '../../index.ts'
import { TestPage } from './page.ts'
import type { Profile } from './page.ts'

const MARK = /mark:(\d+);/g
const KIND = { records: 0x47, append: 0x05 } as const

/** An event's payload that can be told from all others in any bytes that hold it. */
export const marked = (n: number): Payload => `mark:${n};`
export const markIn = (payload: Payload): number => Number(/\d+/.exec(JSON.stringify(payload))?.[0])

type Sighting = { readonly connection: number; readonly direction: Direction; readonly n: number }

/** Reads marks off the wire, in records downwards and in appends upwards, and knows nothing of either end. */
class MarkWitness {
  readonly #readers = new Map<string, WebSocketReader>()
  readonly #sightings: Sighting[] = []

  readonly tap = (connection: number, direction: Direction, bytes: Buffer): void => {
    const key = `${connection} ${direction}`
    const reader = this.#readers.get(key) ?? this.#newReader(connection, direction)
    this.#readers.set(key, reader)
    reader.push(bytes)
  }

  /** The marks that passed on all connections behind the one of this number, in the order in which they passed. */
  behind(connection: number, direction: Direction): readonly number[] {
    return this.#sightings
      .filter((seen) => seen.connection > connection && seen.direction === direction)
      .map(({ n }) => n)
  }

  get all(): readonly Sighting[] {
    return this.#sightings
  }

  /** How many have been seen so far, for {@link since}. */
  get count(): number {
    return this.#sightings.length
  }

  since(count: number, direction: Direction): readonly number[] {
    const late = this.#sightings.slice(count)
    return late.filter((seen) => seen.direction === direction).map(({ n }) => n)
  }

  #newReader(connection: number, direction: Direction): WebSocketReader {
    const kind = direction === 'up' ? KIND.append : KIND.records
    return new WebSocketReader((payload) => {
      if (payload[0] !== kind) return
      for (const [, n] of payload.toString('latin1').matchAll(MARK)) {
        this.#sightings.push({ connection, direction, n: Number(n) })
      }
    })
  }
}

type PageOptions = {
  readonly room: string
  readonly user: string
  readonly profile?: Profile
}

/** A relay on a disk of its own; a wire to it that can be broken; and a witness of what travels on that wire. */
export class OriginStage {
  readonly wire: FaultProxy
  readonly witness: MarkWitness
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'holdfast-origin-'))
  readonly #options: Partial<RelayOptions>
  readonly #pages: TestPage[] = []
  #relay: Relay | undefined
  #port = 0

  private constructor(wire: FaultProxy, witness: MarkWitness, options: Partial<RelayOptions>) {
    this.wire = wire
    this.witness = witness
    this.#options = options
  }

  /** Waits before coming back are random; in the process of a stage they are drawn short. */
  static async start(options: Partial<RelayOptions> = {}): Promise<OriginStage> {
    mock.method(Math, 'random', () => 0.05)
    const witness = new MarkWitness()
    const wire = await startFaultProxy({ targetPort: 1, tap: witness.tap })
    const stage = new OriginStage(wire, witness, options)
    await stage.startRelay()
    return stage
  }

  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('The relay is stopped.')
    return this.#relay
  }

  /** On the port and the disk of the one before. */
  async startRelay(): Promise<void> {
    this.#relay = createRelay({
      port: this.#port,
      dataDir: this.#dataDir,
      allowHosts: [new URL(this.wire.url).host],
      ...this.#options,
    })
    this.#port = (await this.#relay.listen()).port
    this.retarget()
  }

  /** While it is stopped. */
  loseData(): void {
    rmSync(this.#dataDir, { recursive: true })
  }

  /** New connections over the wire lead to the relay. */
  retarget(): void {
    this.wire.retarget(this.#port)
  }

  /** As an operator does: everybody is sent away cleanly. */
  async stopRelay(): Promise<void> {
    await this.relay.close({ withinMs: 500 })
    this.#relay = undefined
  }

  /** A page whose traffic passes the wire and the witness. */
  page(options: PageOptions): TestPage {
    return this.#open(options, this.wire.port)
  }

  /** A page with a way of its own to the relay, which nothing disturbs. */
  pageBeside(options: PageOptions): TestPage {
    return this.#open(options, this.#port)
  }

  #open(options: PageOptions, port: number): TestPage {
    const page = new TestPage({ ...options, url: `ws://127.0.0.1:${port}` })
    this.#pages.push(page)
    return page
  }

  /** A bare WebSocket over the wire, once it is open. */
  async socket(): Promise<WebSocket> {
    const { url } = this.wire
    const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, { origin: url })
    await once(socket, 'open')
    return socket
  }

  /** After each test, so that one that fails leaves no page that would keep the process. */
  async closePages(): Promise<void> {
    this.wire.heal()
    await Promise.all(this.#pages.splice(0).map(({ room }) => room.close()))
  }

  /** What the independent reader finds on the disk. */
  records(room: string): Promise<InspectedRecord[]> {
    return inspectRoom(this.#dataDir, room)
  }

  async close(): Promise<void> {
    await this.#relay?.close({ withinMs: 200 })
    await this.wire.close()
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}

export type Heard = { readonly n: number; readonly offset: number }

/** What the handler of a page's app gets, in the order in which it gets it. */
export const heardIn = (room: Room): Heard[] => {
  const heard: Heard[] = []
  room.on('tick', (payload, { offset }) => heard.push({ n: markIn(payload), offset }))
  return heard
}

/** Marks and places of the log, as {@link Heard}. */
export const placesIn = (records: readonly InspectedRecord[]): Heard[] =>
  records.map(({ offset, payload }) => ({ n: markIn(payload as Payload), offset }))

/** From `first` to `last`, both included. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at)

export const pushMarks = async (room: Room, marks: readonly number[]): Promise<void> => {
  await Promise.all(marks.map((n) => room.push('tick', marked(n))))
}
