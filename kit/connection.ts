import { toHex } from '../protocol/index.ts'
import type { ClientSession, RoomName } from '../protocol/index.ts'
import { Driver } from './driver.ts'
import { OrphanDrain } from './orphan-drain.ts'
import type { Ports } from './ports.ts'
import type { RoomTrace } from './room-trace.ts'
import { WireWatch } from './wire-watch.ts'

export type ConnectionOptions = {
  readonly url: string
  readonly user: string | undefined
  readonly token: (() => string | Promise<string>) | undefined
  /** C7: what the cap of the back-off grows to, asked at each wait; 30 s where it is left out. */
  readonly maxWaitMs?: () => number
}

type Ready = { readonly driver: Driver; readonly user: string }

/** One socket's worth of rooms: the rooms of one page that share relay, user and token. */
export class Connection {
  readonly ports: Ports
  readonly wire: WireWatch = new WireWatch()
  /** The relay's address. */
  readonly url: string
  readonly #rooms = new Set<RoomName>()
  readonly #ended: () => void
  readonly #unsubscribe: () => void
  readonly #lost = new Set<() => void>()
  #waiting: ((ready: Ready) => void)[] = []
  #ready: (Ready & { readonly drain: OrphanDrain }) | undefined
  #isPaused = false

  /** `ended` is called when the last room has gone. */
  constructor(ports: Ports, options: ConnectionOptions, ended: () => void) {
    this.ports = ports
    this.url = options.url
    this.#ended = ended
    this.#unsubscribe = ports.storage.onLost(() => {
      for (const tell of this.#lost) tell()
    })
    const begin = (user: string): void => {
      const driver = new Driver(ports, { ...options, user }, this.wire)
      this.#ready = { driver, user, drain: new OrphanDrain(driver, ports, user) }
      if (this.#isPaused) driver.input({ type: 'pause' })
      for (const tell of this.#waiting.splice(0)) tell(this.#ready)
    }
    const { user } = options
    const fresh = toHex(ports.randomBytes(8))
    if (user !== undefined) ports.clock.wake(0, () => begin(user))
    else ports.storage.profileId(fresh, (result) => begin(result.ok ? result.value : fresh))
  }

  /** Undefined until it is known who the user is. */
  get session(): ClientSession | undefined {
    return this.#ready?.driver.session
  }

  /** W21: no connection until {@link resume}, also for rooms that are added later. */
  pause(): void {
    this.#isPaused = true
    this.#ready?.driver.input({ type: 'pause' })
  }

  resume(): void {
    this.#isPaused = false
    this.#ready?.driver.input({ type: 'resume' })
  }

  /** Asks the relay whether there is anything new, and tries at once where it waits. */
  wake(): void {
    this.#ready?.driver.input({ type: 'wake' })
  }

  has(room: RoomName): boolean {
    return this.#rooms.has(room)
  }

  /** Takes a room in; `ready` is called later, once, with the loop that will carry it. */
  add(
    room: RoomName,
    trace: RoomTrace,
    ready: (ready: Ready) => void,
    storageLost: () => void,
  ): () => void {
    this.#rooms.add(room)
    const endTrace = this.wire.add(trace)
    this.#lost.add(storageLost)
    const tell = (is: Ready): void => {
      this.#ready?.drain.yieldRoom(room)
      ready(is)
    }
    const known = this.#ready
    if (known === undefined) this.#waiting.push(tell)
    else this.ports.clock.wake(0, () => tell(known))
    return () => {
      this.#lost.delete(storageLost)
      endTrace()
      this.#remove(room)
    }
  }

  /** O12: the connection works; rows of rooms that nobody has open can go now. */
  drainOrphans(): void {
    this.#ready?.drain.run((room) => this.#rooms.has(room))
  }

  #remove(room: RoomName): void {
    this.#rooms.delete(room)
    if (this.#rooms.size > 0) return
    this.#ready?.drain.stop()
    this.#ready?.driver.dispose()
    this.#unsubscribe()
    this.#ended()
  }
}
