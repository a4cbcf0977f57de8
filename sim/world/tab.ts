import { Connection } from '../../kit/connection.ts'
import type { Ports } from '../../kit/ports.ts'
import {
  decodeDownFrame,
  decodePeerFrame,
  decodeTabFrame,
  decodeUpFrame,
} from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import { VirtualLocks } from '../browser/virtual-locks.ts'
import { VirtualPage } from '../browser/virtual-page.ts'
import { VirtualStorage } from '../browser/virtual-storage.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { Route } from '../net/route.ts'
import { ABNORMAL, VirtualConnection } from '../net/virtual-connection.ts'
import type { Ways } from './helpers.ts'
import type { Profile } from './profile.ts'
import { describe, describeBody } from '../net/describe-frame.ts'
import { TabRoom } from './tab-room.ts'
import type { TabWorld } from './tab-world.ts'
import { WireWitness } from './wire-witness.ts'

/** How long a page that looks for the relay hears nothing if nobody is there. */
const REFUSED_MS = 5
/** As a browser gives up on a connection that is never answered. */
const CONNECT_PATIENCE_MS = 20_000
/** Reactions of a page's own promises: a token that is asked for. */
const TURNS = 6

/** One page load: the real kit over simulated ports. */
export class Tab {
  readonly number: number
  readonly profile: Profile
  readonly user: string
  readonly process: Process
  readonly storage: VirtualStorage
  readonly page: VirtualPage
  readonly route: Route
  /** To other pages, where they help each other. */
  readonly ways: Ways | undefined
  readonly rooms: readonly TabRoom[]
  readonly #world: TabWorld
  readonly #draws: Draws
  readonly #connections = new Set<VirtualConnection>()
  readonly #witness: WireWitness

  constructor(world: TabWorld, number: number, profile: Profile, rooms: readonly string[]) {
    const { scheduler, seed } = world
    this.#world = world
    this.number = number
    this.profile = profile
    this.user = profile.user
    this.process = new Process(scheduler)
    this.#witness = new WireWitness((invariant, sentence) => {
      // Behind a restored relay the old key may come back to the log from another page, long after the new one was given.
      if (!world.oracle.wasRestored) world.oracle.fail(invariant, `tab ${number}, ${sentence}`)
    })
    this.#draws = drawsOf(seed, `tab ${number}`)
    const times = { beginMs: [0.1, 3], doneMs: [0.1, 4] } as const
    const disk = drawsOf(seed, `disk of tab ${number}`)
    this.storage = new VirtualStorage(profile.disk, this.process, disk, times)
    this.page = new VirtualPage(this.process)
    this.ways = world.helpers?.waysOf(profile, this.process)
    if (this.ways !== undefined) {
      const told = (by: string, frame: (bytes: Uint8Array) => object | string) => {
        return (bytes: Uint8Array): void =>
          world.trace.say(() => `tab ${number} ◄ ${by} ${describeBody(frame(bytes))}`)
      }
      this.ways.tabs.hears = told('tabs', decodeTabFrame)
      this.ways.peers.hears = told('peer', decodePeerFrame)
    }
    const network = drawsOf(seed, `network of tab ${number}`)
    this.route = new Route(() => scheduler.now, network, world.frameStruck)
    this.process.onEnd(() => {
      for (const connection of this.#connections) connection.cut()
    })
    const connection = new Connection(
      this.#ports(network),
      { url: 'ws://relay/holdfast', user: this.user, token: undefined },
      () => {},
    )
    this.rooms = rooms.map((name) => new TabRoom(world, this, connection, name as RoomName))
  }

  get isAlive(): boolean {
    return this.process.isAlive
  }

  /** Every connection that the page has had and that is not over. */
  get connections(): Iterable<VirtualConnection> {
    return this.#connections
  }

  /** A page may think that it is live, and be wrong. */
  get isConnected(): boolean {
    for (const connection of this.#connections) if (connection.isSound) return true
    return false
  }

  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }

  /** Says good-bye and goes; what is on its way to the disk gets there first. */
  close(): void {
    this.process.after(0, () => {
      let open = this.rooms.length
      for (const { room } of this.rooms) {
        void room.close().then(() => {
          open--
          if (open > 0 || !this.isAlive) return
          for (const closed of this.rooms) this.#world.oracle.closed(closed)
          this.end()
        })
      }
      this.#settleOnAndOn()
    })
  }

  /** A word to the others that no disk may ever have. */
  signal(room: number): void {
    this.rooms[room % this.rooms.length]!.room.signal({ from: this.number })
  }

  /** As a crash. */
  end(): void {
    if (!this.isAlive) return
    for (const room of this.rooms) room.ended()
    this.process.end()
    this.#world.tabEnded(this)
  }

  /** A page that closes waits for promises of its own, which nothing else in the simulator does. */
  #settleOnAndOn(): void {
    this.process.scheduler.settles(TURNS)
    this.process.after(5, () => this.#settleOnAndOn())
  }

  #ports(network: Draws): Ports {
    const { process } = this
    const { scheduler } = process
    return {
      clock: {
        now: () => scheduler.now as never,
        wallMs: () => this.#world.wallMs() + this.profile.clockSkewMs,
        wake: (at, callback) => {
          scheduler.count++
          return process.at(at, () => {
            callback()
            scheduler.settles(TURNS)
          })
        },
      },
      transport: { connect: (_url, events) => this.#connect(network, events) },
      storage: this.storage,
      locks: new VirtualLocks(this.profile.locks, process, this.profile.hasLocks),
      page: this.page,
      tabs: this.ways?.tabs,
      peers: this.ways?.peers,
      randomBytes: (length) => {
        const bytes = this.#draws.bytes(length)
        this.#witness.drew(bytes)
        return bytes
      },
      random: this.#draws.unit,
      pieceBytes: this.#world.pieceBytes,
    }
  }

  #connect(network: Draws, events: VirtualConnectionEvents): VirtualConnection {
    const { process } = this
    const listener = this.#world.listener()
    let isOver = false
    const ears = this.#witness.connection()
    const once = {
      ...events,
      message: (bytes: Uint8Array) => {
        this.#world.trace.say(() => `tab ${this.number} ◄   ${describe(decodeDownFrame(bytes))}`)
        ears.down(bytes)
        events.message(bytes)
      },
      opened: () => {
        if (!isOver) events.opened()
      },
      closed: (code: number, reason: string) => {
        if (isOver) return
        isOver = true
        this.#connections.delete(connection)
        events.closed(code, reason)
        process.scheduler.settles(TURNS)
      },
    }
    const connection = new VirtualConnection(process, listener, this.route, network, once)
    connection.sends = (bytes) => {
      ears.up(bytes)
      this.#world.trace.say(() => `tab ${this.number} ►   ${describe(decodeUpFrame(bytes))}`)
    }
    this.#connections.add(connection)
    listener.process.onEnd(() => connection.relayDied())
    if (!listener.process.isAlive) process.after(REFUSED_MS, () => once.closed(ABNORMAL, ''))
    process.after(CONNECT_PATIENCE_MS, () => connection.giveUp())
    return connection
  }
}

type VirtualConnectionEvents = ConstructorParameters<typeof VirtualConnection>[4]
