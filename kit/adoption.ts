import type { Author, OutboxRow, RoomLink } from '../protocol/index.ts'
import type { Clock } from './ports.ts'
import type { ProducerLocks } from './producer-locks.ts'
import type { RoomStorage } from './room-storage.ts'

/** How often a live page looks whether pages that are gone left rows. */
const LOOK_EVERY_MS = 10_000

export type AdoptionPorts = {
  readonly clock: Clock
  readonly storage: RoomStorage
  readonly locks: ProducerLocks
  readonly link: RoomLink
  readonly isOwn: (author: Author) => boolean
  /** Shows rows and hands them to the outbox. */
  readonly carry: (rows: readonly OutboxRow[]) => void
}

/** O5, P2: rows of this room that a page which is gone left on the disk after this page was loaded. */
export class Adoption {
  readonly #ports: AdoptionPorts
  #isOver = false
  #cancelWatch: () => void = () => {}
  #isWholeDiskRead: boolean

  /** `isWholeDiskRead`: whether the disk answered when the room was opened. */
  constructor(ports: AdoptionPorts, isWholeDiskRead: boolean) {
    this.#ports = ports
    this.#isWholeDiskRead = isWholeDiskRead
  }

  /** O15: a disk that did not answer at opening works now; what it holds was never shown. */
  diskWorks(): void {
    if (!this.#isWholeDiskRead) this.look()
  }

  look(): void {
    const { locks, link, isOwn, carry, storage } = this.#ports
    const isStrange = ({ author, seq }: OutboxRow): boolean =>
      !isOwn(author) && link.outbox.get(author, seq) === undefined
    storage.rows(isStrange, (strange, isWhole) => {
      if (this.#isOver) return
      this.#isWholeDiskRead ||= isWhole
      if (locks.exist) {
        for (const author of new Set(strange.map((row) => row.author))) {
          // Whoever holds it lives, and sends its rows itself; when it goes, they are ours.
          locks.request(author)
        }
      }
      const isOrphan = ({ author }: OutboxRow): boolean => !locks.exist || locks.isGranted(author)
      // P2: what stands before an orphan may be what it was written on top of, whoever's it is.
      const carried = strange.slice(0, strange.findLastIndex(isOrphan) + 1)
      if (carried.length > 0) carry(carried)
      const held = new Set(Array.from(link.outbox.rows(), ({ row }) => row.author))
      if (link.outbox.author !== undefined) held.add(link.outbox.author)
      locks.releaseUnused((author) => held.has(author))
    })
  }

  /** Looks now and, as long as the room is live, every ten seconds, and then has `also` done too. */
  watch(also: () => void): void {
    this.#cancelWatch()
    this.look()
    const { clock, link } = this.#ports
    this.#cancelWatch = clock.wake(clock.now() + LOOK_EVERY_MS, () => {
      if (this.#isOver || link.phase.type !== 'live') return
      also()
      this.watch(also)
    })
  }

  stop(): void {
    this.#isOver = true
    this.#cancelWatch()
  }
}
