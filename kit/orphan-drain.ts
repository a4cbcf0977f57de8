import type { RoomEffect, RoomName } from '../protocol/index.ts'
import type { Driver } from './driver.ts'
import { keptRun } from './kept-log.ts'
import { outboxOptions } from './outbox-options.ts'
import type { Ports } from './ports.ts'
import { ProducerLocks } from './producer-locks.ts'
import { RoomStorage } from './room-storage.ts'

/** How many rooms are drained at once, and how long one may take before the next gets its turn. */
const AT_ONCE = 4
const GIVE_UP_MS = 60_000

/**
 * O12: sends what pages that are gone left in rooms that this page has not open. Such a room is opened without a
 * document: it catches up, writes its log to the disk as any page does, sends its rows, and is closed again.
 */
export class OrphanDrain {
  readonly #driver: Driver
  readonly #ports: Ports
  readonly #user: string
  readonly #draining = new Map<RoomName, DrainedRoom>()
  /** Rooms whose log is gone: their rows were sent, and stay on the disk until a page opens the room. */
  readonly #done = new Set<RoomName>()
  #isLooking = false
  #isStopped = false

  constructor(driver: Driver, ports: Ports, user: string) {
    this.#driver = driver
    this.#ports = ports
    this.#user = user
  }

  run(isOpenElsewhere: (room: RoomName) => boolean): void {
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    this.#ports.storage.roomsWithRows((result) => {
      this.#isLooking = false
      if (!result.ok || this.#isStopped) return
      for (const room of result.value) {
        if (this.#draining.size >= AT_ONCE) return
        if (!isOpenElsewhere(room) && !this.#draining.has(room) && !this.#done.has(room)) {
          const ended = (wasReset: boolean): void => {
            this.#draining.delete(room)
            if (wasReset) this.#done.add(room)
            this.run(isOpenElsewhere)
          }
          this.#draining.set(
            room,
            new DrainedRoom(this.#driver, this.#ports, this.#user, room, ended),
          )
        }
      }
    })
  }

  /** The app opens this room itself: it will send the rows. */
  yieldRoom(room: RoomName): void {
    const drained = this.#draining.get(room)
    this.#draining.delete(room)
    drained?.close()
  }

  stop(): void {
    this.#isStopped = true
    for (const room of this.#draining.keys()) this.yieldRoom(room)
  }
}

class DrainedRoom {
  readonly #driver: Driver
  readonly #room: RoomName
  readonly #storage: RoomStorage
  readonly #locks: ProducerLocks
  readonly #ended: (wasReset: boolean) => void
  readonly #cancelTimer: () => void
  /**
   * C9: the old log stays on the disk, for nobody here could tell what it has beyond the new one: the machine holds
   * back all that would replace it until it is told that the new log is read, and here nobody tells it.
   */
  #wasReset = false
  #state: 'loading' | 'opening' | 'draining' | 'over' = 'loading'

  constructor(
    driver: Driver,
    ports: Ports,
    user: string,
    room: RoomName,
    ended: (wasReset: boolean) => void,
  ) {
    this.#driver = driver
    this.#room = room
    this.#ended = ended
    this.#storage = new RoomStorage(ports.storage, room, user)
    this.#locks = new ProducerLocks(ports.locks, (author) => {
      this.#tell({ type: 'lockGranted', author })
    })
    this.#cancelTimer = ports.clock.wake(ports.clock.now() + GIVE_UP_MS, () => this.#end())
    this.#storage.load(({ cursor, rows, damaged }) => {
      if (this.#state === 'over') return
      this.#storage.setAside(damaged)
      // Only another user's rows: they wait for that user, and looking again would find them again.
      if (rows.length === 0) return
      this.#state = 'opening'
      const sink = { effect: (what: RoomEffect) => this.#do(what), changed: () => this.#look() }
      driver.open(room, cursor, outboxOptions(ports, user, true), sink)
      this.#state = 'draining'
      driver.tell(room, { type: 'carried', rows, isOnDisk: true })
    })
  }

  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelTimer()
    this.#locks.releaseAll()
    this.#driver.close(this.#room)
  }

  #end(): void {
    if (this.#state === 'over') return
    this.close()
    this.#ended(this.#wasReset)
  }

  #do(effect: RoomEffect): void {
    switch (effect.type) {
      case 'persist':
        return this.#storage.persist(effect.change, (isOnDisk) => {
          this.#tell({ type: isOnDisk ? 'persisted' : 'persistFailed' })
        })
      case 'reset':
        this.#wasReset = true
        return
      case 'caughtUp':
        return this.#giveBack()
      case 'minted':
        return this.#locks.hold(effect.author)
      case 'requestLock':
        return this.#locks.request(effect.author)
      default:
        return
    }
  }

  /** C12: what waits here may build on what the relay lost and this device kept. */
  #giveBack(): void {
    if (!this.#wasReset) return
    this.#storage.load((kept) => {
      const run = keptRun(this.#room, kept)
      if (run !== undefined) this.#tell({ type: 'repair', run })
    })
  }

  #tell(input: Parameters<Driver['tell']>[1]): void {
    if (this.#state !== 'over') this.#driver.tell(this.#room, input)
  }

  #look(): void {
    const link = this.#driver.session.room(this.#room)
    if (link === undefined || this.#state !== 'draining') return
    const isDone = link.outbox.isEmpty && link.outbox.isSettledOnDisk
    if (isDone) this.#end()
  }
}
