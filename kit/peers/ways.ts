import type { Figures } from '../api.ts'

type Told = 'relay' | 'tab'

/**
 * By which way this page learned that entries of its own are in the log: over its own link, from another tab, or by a receipt that another browser brought. What the machines
 * do with what they are told they do at once, so that what is settled meanwhile came by that way.
 */
export class Ways {
  readonly #counts = { relay: 0, tab: 0, peer: 0 }
  #now: Told = 'relay'

  /** Which way that comes which is told just now. */
  get now(): Told {
    return this.#now
  }

  get counts(): Figures['settledBy'] {
    return { ...this.#counts }
  }

  byTab(tell: () => void): void {
    this.#now = 'tab'
    try {
      tell()
    } finally {
      this.#now = 'relay'
    }
  }

  /** The record of an entry came. `wasSent`: whether this page itself sent it; else the relay's word of it came before, by another way. */
  settled(wasSent: boolean): void {
    if (wasSent || this.#now === 'tab') this.#counts[this.#now]++
  }

  receipted(entries: number): void {
    this.#counts.peer += entries
  }
}
