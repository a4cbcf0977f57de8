import type { RoomEffect, RoomLink, RoomName } from '../protocol/index.ts'
import { BeyondLog } from './beyond-log.ts'
import { emptyDoc } from './doc-binding.ts'
import type { Driver } from './driver.ts'
import { outboxOptions } from './outbox-options.ts'
import type { Ports } from './ports.ts'
import { ProducerLocks } from './producer-locks.ts'
import { RoomContent } from './room-content.ts'
import { RoomStorage } from './room-storage.ts'

/** How many rooms are drained at once, and how long one may take before the next gets its turn. */
const AT_ONCE = 4
const GIVE_UP_MS = 60_000

/**
 * O12: sends what pages that are gone left in rooms that this page has not open. Such a room is opened without a
 * document, and with one of its own where its log is gone (C9): it catches up, writes its log to the disk as any page
 * does, sends its rows, and is closed again.
 */
export class OrphanDrain {
  readonly #driver: Driver
  readonly #ports: Ports
  readonly #user: string
  readonly #draining = new Map<RoomName, DrainedRoom>()
  /** C13: rooms of which this device has events of others that their log lacks: it keeps them until a page opens the room. */
  readonly #kept = new Set<RoomName>()
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
        if (!isOpenElsewhere(room) && !this.#draining.has(room) && !this.#kept.has(room)) {
          const ended = (isKept: boolean): void => {
            this.#draining.delete(room)
            if (isKept) this.#kept.add(room)
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
  readonly #ports: Ports
  readonly #user: string
  readonly #room: RoomName
  readonly #storage: RoomStorage
  readonly #locks: ProducerLocks
  readonly #ended: (isKept: boolean) => void
  readonly #cancelTimer: () => void
  /** C9: what the rows and the old log show, from the first `reset` on. */
  #content: RoomContent | undefined
  #beyondLog: BeyondLog | undefined
  #state: 'loading' | 'opening' | 'draining' | 'over' = 'loading'

  constructor(
    driver: Driver,
    ports: Ports,
    user: string,
    room: RoomName,
    ended: (isKept: boolean) => void,
  ) {
    this.#driver = driver
    this.#ports = ports
    this.#user = user
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
    this.#beyondLog?.stop()
    this.#content?.destroy()
    this.#locks.releaseAll()
    this.#driver.close(this.#room)
  }

  get #isKept(): boolean {
    return this.#content !== undefined && this.#content.missingCount > 0
  }

  get #link(): RoomLink | undefined {
    return this.#driver.session.room(this.#room)
  }

  #end(): void {
    if (this.#state === 'over') return
    this.close()
    this.#ended(this.#isKept)
  }

  #do(effect: RoomEffect): void {
    switch (effect.type) {
      case 'persist':
        return this.#storage.persist(effect.change, (isOnDisk) => {
          this.#tell({ type: isOnDisk ? 'persisted' : 'persistFailed' })
        })
      case 'reset':
        return this.#beginAnew()
      case 'apply':
        return this.#content?.applyBatches(effect.batches)
      case 'caughtUp':
        return this.#beyondLog?.caughtUp()
      case 'repaired':
        return this.#beyondLog?.repaired()
      case 'minted':
        return this.#locks.hold(effect.author)
      case 'requestLock':
        return this.#locks.request(effect.author)
      default:
        return
    }
  }

  /** C9: as a page that shows what is on this disk. Most rooms are drained without, so that only here a document is made. */
  #beginAnew(): void {
    const link = this.#link
    if (link === undefined) return
    this.#content ??= this.#contentOf(link)
    this.#content.beginAnew(link.outbox)
  }

  #contentOf(link: RoomLink): RoomContent {
    const [isOwn, unheard] = [(): boolean => false, (): void => {}]
    const content = new RoomContent(emptyDoc(), isOwn, unheard, unheard)
    content.showRows([...link.outbox.rows()].map(({ row }) => row))
    this.#beyondLog = new BeyondLog({
      content,
      link,
      storage: this.#storage,
      user: this.#user,
      isDurable: true,
      write: (kind, body, more) => {
        const wallMs = this.#ports.clock.wallMs()
        this.#tell({ type: 'write', kind, body, wallMs, ...more })
      },
      repair: (run) => this.#tell({ type: 'repair', run }),
      logRead: () => {
        if (!this.#isKept) this.#tell({ type: 'logRead' })
      },
    })
    return content
  }

  #tell(input: Parameters<Driver['tell']>[1]): void {
    if (this.#state !== 'over') this.#driver.tell(this.#room, input)
  }

  #look(): void {
    const link = this.#link
    if (link === undefined || this.#state !== 'draining' || this.#content?.isReadingAnew) return
    const isDone = link.outbox.isEmpty && link.outbox.isSettledOnDisk
    if (isDone) this.#end()
  }
}
