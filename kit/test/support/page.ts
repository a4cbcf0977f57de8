import { createRelay } from '../../../relay/index.ts'
import type { Relay } from '../../../relay/index.ts'
import { MemoryStore, MemoryDisk as RelayDisk } from '../../../relay/stores/memory-store.ts'
import { headlessPage } from '../../adapters/headless-page.ts'
import { MemoryLocks, MemoryLockTable } from '../../adapters/memory-locks.ts'
import { MemoryDisk, MemoryStorage } from '../../adapters/memory-storage.ts'
import { nodeWebSocket } from '../../adapters/node-websocket.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { webSocketTransport } from '../../adapters/websocket-transport.ts'
import { MemoryPeerNet, MemoryPeers } from '../../peers/memory-peers.ts'
import { MemoryTabTable, MemoryTabs } from '../../peers/memory-tabs.ts'
import type { OpenRoomOptions, Room } from '../../api.ts'
import { Connection } from '../../connection.ts'
import { OpenRoom } from '../../open-room.ts'
import type { Clock, Ports } from '../../ports.ts'
import { isRoomName } from '../../../protocol/index.ts'
import { SwitchedTransport } from './switched-transport.ts'

/** A relay in this process whose disk outlives it. */
export class TestRelay {
  readonly disk = new RelayDisk()
  store = new MemoryStore({ disk: this.disk })
  #relay: Relay | undefined
  #port = 0

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  async start(options: Partial<Parameters<typeof createRelay>[0]> = {}): Promise<this> {
    this.store = new MemoryStore({ disk: this.disk })
    const batchSecret = new Uint8Array(32).fill(1)
    this.#relay = createRelay({ store: this.store, port: this.#port, batchSecret, ...options })
    this.#port = (await this.#relay.listen()).port
    return this
  }

  async stop(): Promise<void> {
    await this.#relay?.close({ withinMs: 200 })
  }

  get #running(): Relay {
    if (this.#relay === undefined) throw new Error('The relay does not run.')
    return this.#relay
  }

  get figures(): ReturnType<Relay['figures']> {
    return this.#running.figures()
  }

  deleteRoom(room: string): Promise<boolean> {
    return this.#running.deleteRoom(room)
  }

  /** What the disk has now; the returned function puts it back while the relay is stopped. */
  backUp(): () => void {
    const backup = this.disk.copy()
    return () => this.disk.become(backup)
  }
}

/** What the pages of one browser profile share. */
export class Profile {
  readonly disk = new MemoryDisk()
  readonly locks = new MemoryLockTable()
  readonly tabs = new MemoryTabTable()
}

type PageOptions = Partial<OpenRoomOptions> & {
  readonly profile?: Profile
  readonly url: string
  /** With whom it could have direct links. */
  readonly net?: MemoryPeerNet
}

/** One page load with a disk in memory that a later page load finds again. */
export class TestPage {
  readonly room: Room
  readonly storage: MemoryStorage
  /** Off and on as by a switch; what else can be wrong with a network comes with the option `WebSocket`. */
  readonly faults: SwitchedTransport
  /** What the other pages of the profile hear of this one, and it of them. */
  readonly tabs: MemoryTabs
  /** Its direct links, should it have any. */
  readonly peers: MemoryPeers
  readonly #locks: MemoryLocks
  readonly #connection: Connection
  #isAlive = true

  constructor({
    profile = new Profile(),
    url,
    net = new MemoryPeerNet(),
    ...options
  }: PageOptions) {
    this.storage = new MemoryStorage({ disk: profile.disk })
    this.#locks = new MemoryLocks(profile.locks)
    this.tabs = new MemoryTabs(profile.tabs)
    this.peers = new MemoryPeers(net)
    this.faults = new SwitchedTransport(webSocketTransport(options.WebSocket ?? nodeWebSocket()))
    const { room: name = 'notes', user = 'ann', token } = options
    if (!isRoomName(name)) throw new Error(name)
    const full = { user, ...options, url, room: name }
    this.#connection = new Connection(
      this.#ports(),
      { url: `${url}/holdfast`, user: options.user ?? user, token },
      () => {},
    )
    this.room = new OpenRoom(this.#connection, name, full, true)
  }

  /** The page ends as by SIGKILL: nothing more is written, sent or handled. */
  crash(): void {
    this.#isAlive = false
    this.storage.hold()
    this.faults.goOffline()
    this.#locks.crash()
    this.tabs.crash()
    this.peers.crash()
  }

  #ports(): Ports {
    return {
      clock: this.#clock(),
      transport: this.faults,
      storage: this.storage,
      locks: this.#locks,
      page: headlessPage(),
      tabs: this.tabs,
      peers: this.peers,
      randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      random: Math.random,
    }
  }

  #clock(): Clock {
    const clock = systemClock()
    const wake: Clock['wake'] = (at, callback) =>
      clock.wake(at, () => {
        if (this.#isAlive) callback()
      })
    return { ...clock, now: () => clock.now(), wallMs: () => clock.wallMs(), wake }
  }
}

/** Resolves once `holds` is true of the room's status, or fails with the status after `withinMs`. */
export const until = async (
  room: Room,
  holds: (status: Room['status']['current']) => boolean,
  withinMs: number = 20_000,
): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new Error(`never came to be; the last status was ${JSON.stringify(room.status.current)}`),
      )
    }, withinMs)
    const stop = room.status.subscribe((status) => {
      if (!holds(status)) return
      clearTimeout(timer)
      queueMicrotask(() => stop())
      resolve()
    })
  })
}

export const untilSaved = (room: Room): Promise<void> =>
  until(room, ({ save, connection }) => save === 'saved' && connection === 'live')
