import type { FoldedEvent } from '../../kit/api.ts'
import type { RoomChange } from '../../kit/ports.ts'
import { decodeBatch } from '../../protocol/index.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Journal } from './journal.ts'
import { MADE_UP_ID } from './forged.ts'
import type { TabRoom } from './tab-room.ts'

/** A page that is gone is known to be after so long at the most: P6, R2. */
const KNOWN_GONE_MS = 15_000

type Fail = (invariant: string, sentence: string) => void

/** What must hold where pages help each other, besides all that must hold anyway. */
export class HelpOracle {
  readonly #scheduler: Scheduler
  readonly #journal: Journal
  readonly #fail: Fail
  /** Every batch that a relay's disk ever had, by room and first offset. */
  readonly #given = new Map<string, Uint8Array[]>()
  readonly #heads = new Map<string, number>()
  /** Which pages ever showed an edit, and when those that are gone went. */
  readonly #shownBy = new Map<number, Set<TabRoom>>()
  readonly #goneAt = new Map<number, number>()

  constructor(scheduler: Scheduler, journal: Journal, fail: Fail) {
    this.#scheduler = scheduler
    this.#journal = journal
    this.#fail = fail
  }

  gaveOut(room: string, bytes: Uint8Array): void {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string') return
    const { first, last } = batch
    const place = `${room}/${first}`
    this.#given.set(place, [...(this.#given.get(place) ?? []), bytes])
    this.#heads.set(room, Math.max(last, this.#heads.get(room) ?? 0))
  }

  /** I29: whoever brought it, what a device keeps of the log is what the relay gave out. */
  kept(room: string, { putBatches = [] }: RoomChange): void {
    for (const { first, bytes } of putBatches) {
      const given = this.#given.get(`${room}/${first}`) ?? []
      if (given.some((one) => isSame(one, bytes))) continue
      this.#fail('I29', `${room}: a device keeps a batch from ${first} on that no relay gave out`)
    }
  }

  tabEnded(tab: number): void {
    this.#goneAt.set(tab, this.#scheduler.now)
  }

  /** The state of a fold over all that a page shows: I3, I7, I22. */
  readonly shows = (
    by: TabRoom,
    shown: readonly number[],
    event: FoldedEvent,
  ): readonly number[] => {
    const { id } = (event.payload ?? {}) as { readonly id?: number }
    if (id === undefined) return shown
    const where = `tab ${by.tab.number}, ${by.name}: edit ${id}`
    const edit = this.#journal.get(id)
    if (edit === undefined || id >= MADE_UP_ID) {
      this.#fail('I7', `${where} is shown, and nobody wrote it`)
      return shown
    }
    if (edit.user !== event.user) {
      this.#fail('I22', `${where} is shown as ${event.user}'s, and ${edit.user} wrote it`)
    }
    if (shown.includes(id)) this.#fail('I3', `${where} is shown twice`)
    const pages = this.#shownBy.get(id) ?? new Set()
    this.#shownBy.set(id, pages.add(by))
    return [...shown, id]
  }

  look(rooms: Iterable<TabRoom>): void {
    for (const room of rooms) {
      const { lastOffset, heldByTabs, heldByPeers } = room.room.status.current
      if (lastOffset > (this.#heads.get(room.name) ?? 0)) {
        const sentence = `tab ${room.tab.number}, ${room.name}: it has read up to ${lastOffset}, and no log was ever that long`
        this.#fail('I29', sentence)
      }
      if (heldByTabs > 0) this.#lookAtHeld(room, 'tabs', heldByTabs)
      if (heldByPeers > 0) this.#lookAtHeld(room, 'peers', heldByPeers)
    }
  }

  /** I30: who is said to hold all that waits has been seen to show each of it, and is here or was so a moment ago. */
  #lookAtHeld(room: TabRoom, who: 'tabs' | 'peers', said: number): void {
    for (const edit of room.unsaved) {
      if (edit.wasDurable) continue
      const pages = [...(this.#shownBy.get(edit.id) ?? [])].filter(
        (page) =>
          page !== room &&
          (who === 'peers' || page.tab.profile === room.tab.profile) &&
          this.#mayBeHere(page.tab.number),
      )
      if (pages.length >= said) continue
      const sentence = `tab ${room.tab.number}, ${room.name}: ${said} ${who} are said to hold all that waits, and ${pages.length} ever showed edit ${edit.id}`
      return this.#fail('I30', sentence)
    }
  }

  #mayBeHere(tab: number): boolean {
    return this.#scheduler.now <= (this.#goneAt.get(tab) ?? Infinity) + KNOWN_GONE_MS
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
