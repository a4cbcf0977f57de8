import { headlessPage } from '../../adapters/headless-page.ts'
import { MemoryLocks } from '../../adapters/memory-locks.ts'
import { MemoryStorage } from '../../adapters/memory-storage.ts'
import { nodeWebSocket } from '../../adapters/node-websocket.ts'
import { systemClock } from '../../adapters/system-clock.ts'
import { webSocketTransport } from '../../adapters/websocket-transport.ts'
import { Driver } from '../../driver.ts'
import { LoadedRoom } from '../../loaded-room.ts'
import type { Ports } from '../../ports.ts'
import { ProducerLocks } from '../../producer-locks.ts'
import { RoomContent } from '../../room-content.ts'
import { RoomStorage } from '../../room-storage.ts'
import type { SealedEntry } from '../../sealed-rows.ts'
import { WireWatch } from '../../wire-watch.ts'
import { encodeEvent } from '../../../protocol/index.ts'
import type { Receipt, RoomEffect, RoomName } from '../../../protocol/index.ts'
import { Profile } from './page.ts'
import { SwitchedTransport } from './switched-transport.ts'

export const ROOM = 'carried' as RoomName

export type CarryingPageOptions = {
  readonly url: string
  readonly user: string
  readonly token?: string
  readonly profile?: Profile
}

/** A page without an app: a room whose rows a test hands to the room of another page. */
export class CarryingPage {
  readonly faults = new SwitchedTransport(webSocketTransport(nodeWebSocket()))
  readonly receipts: Receipt[] = []
  readonly refused: Extract<RoomEffect, { type: 'refused' }>[] = []
  readonly #storage: MemoryStorage
  readonly #room: RoomStorage
  readonly #locks: MemoryLocks
  readonly #driver: Driver
  #loaded: LoadedRoom | undefined

  constructor({ url, user, token = '', profile = new Profile() }: CarryingPageOptions) {
    this.#storage = new MemoryStorage({ disk: profile.disk })
    this.#locks = new MemoryLocks(profile.locks)
    const ports: Ports = {
      clock: systemClock(),
      transport: this.faults,
      storage: this.#storage,
      locks: this.#locks,
      page: headlessPage(),
      randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      random: Math.random,
    }
    const options = { url: `${url}/holdfast`, user, token: () => token }
    const driver = new Driver(ports, options, new WireWatch())
    this.#driver = driver
    this.#room = new RoomStorage(ports.storage, ROOM, user)
    const nothing = (): void => {}
    this.#room.load(({ cursor, rows }, isWhole) => {
      this.#loaded = new LoadedRoom(ROOM, cursor, isWhole, {
        ports,
        driver,
        sink: { effect: (effect) => this.#do(effect), changed: nothing },
        storage: this.#room,
        content: new RoomContent(undefined, () => false, nothing, nothing),
        locks: new ProducerLocks(ports.locks, nothing),
        user,
        isDurable: true,
        isOwn: () => false,
        carry: nothing,
        write: nothing,
        repair: nothing,
      })
      if (rows.length > 0) this.loaded.tell({ type: 'carried', rows, isOnDisk: true })
    })
  }

  #do(effect: RoomEffect): void {
    if (effect.type === 'receipted') this.receipts.push(effect.receipt)
    if (effect.type === 'refused') this.refused.push(effect)
    if (effect.type !== 'persist') return
    this.#room.persist(effect.change, (isOnDisk) => {
      this.loaded.tell({ type: isOnDisk ? 'persisted' : 'persistFailed' })
    })
  }

  get isLoaded(): boolean {
    return this.#loaded !== undefined
  }

  get loaded(): LoadedRoom {
    if (this.#loaded === undefined) throw new Error('the room is not loaded')
    return this.#loaded
  }

  get isLive(): boolean {
    return this.#loaded?.link.phase.type === 'live'
  }

  get head(): number {
    return this.loaded.link.cursor.offset
  }

  get unsettled(): number {
    return this.loaded.outbox.unsettledCount
  }

  /** Whether everything that was to be on its disk is. */
  get isOnDisk(): boolean {
    return this.loaded.outbox.isSettledOnDisk
  }

  write(n: number): void {
    const body = encodeEvent({ name: 'n', payload: n })
    // Its own entry each: events are not merged.
    this.loaded.tell({ type: 'write', kind: 'event', body, wallMs: 0 })
  }

  /** What it would hand to others. */
  sealed(): SealedEntry[] {
    return [...this.loaded.outbox.rows()].flatMap(({ row }) => {
      const sealed = this.loaded.sealed.sealedOf(row)
      return sealed === undefined ? [] : [sealed]
    })
  }

  /** The page ends as by SIGKILL. */
  crash(): void {
    this.#storage.hold()
    this.faults.goOffline()
    this.#locks.crash()
  }

  /** Nothing of it wakes up again. */
  end(): void {
    this.crash()
    this.#loaded?.close()
    this.#driver.dispose()
  }
}
