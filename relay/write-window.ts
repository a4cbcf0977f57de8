import type { AppendedEntry, Limits } from '../protocol/index.ts'
import type { RelayFigures } from './figures.ts'
import { observeAck } from './figures.ts'
import type { Seat } from './seat.ts'

type Taken = { readonly seat: Seat; entries: number; readonly bytes: number; readonly at: number }

/** How far beyond the window that clients are told a connection may be before nothing more is read from it. */
const SLACK = 2

/** What a room has taken and not settled, in the order of taking: the sequencer settles in the same order. */
export class WriteWindow {
  readonly #limits: Limits
  readonly #figures: RelayFigures
  readonly #taken: Taken[] = []

  constructor(limits: Limits, figures: RelayFigures) {
    this.#limits = limits
    this.#figures = figures
  }

  took(seat: Seat, entries: readonly AppendedEntry[], at: number): void {
    if (entries.length === 0) return
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0)
    this.#taken.push({ seat, entries: entries.length, bytes, at })
    seat.unsettledEntries += entries.length
    seat.unsettledBytes += bytes
    if (this.#isFull(seat)) seat.link.pauseFor(seat.fullWindow)
  }

  /** The oldest `records` of them are durable. */
  settled(records: number, now: number): void {
    let left = records
    while (left > 0 && this.#taken.length > 0) {
      const oldest = this.#taken[0]!
      const count = Math.min(left, oldest.entries)
      left -= count
      oldest.entries -= count
      oldest.seat.unsettledEntries -= count
      if (oldest.entries > 0) return
      this.#taken.shift()
      oldest.seat.unsettledBytes -= oldest.bytes
      observeAck(this.#figures, now - oldest.at)
      if (!this.#isFull(oldest.seat)) oldest.seat.link.resumeFor(oldest.seat.fullWindow)
    }
  }

  #isFull({ unsettledEntries, unsettledBytes }: Seat): boolean {
    const { windowEntries, windowBytes } = this.#limits
    return unsettledEntries > windowEntries * SLACK || unsettledBytes > windowBytes * SLACK
  }
}
