import type { AppliedBatch, RoomEffect } from '../protocol/index.ts'
import type { LinkState } from './api.ts'
import type { TraceDetail, TraceEvent } from './trace-types.ts'
import { Ways } from './peers/ways.ts'
import { callApp } from './watched.ts'

/**
 * What happens in a room, told as it happens. While nobody listens nothing is made of it: who has more to do than to call
 * asks {@link isHeard} first.
 */
export class RoomTrace {
  /** Which way that comes which happens now. */
  readonly ways: Ways = new Ways()
  readonly #listeners = new Set<(event: TraceEvent) => void>()
  readonly #wallMs: () => number
  #link: LinkState = 'apart'

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  on(listener: (event: TraceEvent) => void): () => void {
    // Each its own, though the app may hand in one function twice.
    const own = (event: TraceEvent): void => listener(event)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  tell(detail: TraceDetail): void {
    const event: TraceEvent = { atMs: this.#wallMs(), ...detail }
    for (const listener of this.#listeners) callApp(() => listener(event))
  }

  /** The room's machine may be in another state. */
  link(state: LinkState): void {
    if (state === this.#link) return
    this.#link = state
    if (this.isHeard) this.tell({ type: 'link', state })
  }

  written(kind: 'update' | 'event', { length: bytes }: Uint8Array): void {
    if (this.isHeard) this.tell({ type: 'written', kind, bytes })
  }

  adopted(entries: number): void {
    if (this.isHeard) this.tell({ type: 'adopted', entries })
  }

  quarantined(offset: number, reason: string): void {
    if (this.isHeard) this.tell({ type: 'quarantined', offset, reason })
  }

  /** A transaction ended: `failure` says why it did not get to the disk. */
  persisted(rows: number, failure: string | undefined): void {
    if (!this.isHeard) return
    if (failure !== undefined) this.tell({ type: 'storeFailed', reason: failure })
    else if (rows > 0) this.tell({ type: 'stored', rows })
  }

  applied(batches: readonly AppliedBatch[]): void {
    const [first, last] = [batches[0], batches.at(-1)]
    if (!this.isHeard || first === undefined || last === undefined) return
    this.tell({ type: 'applied', first: first.batch.first, last: last.batch.last })
  }

  /** An effect of the machine that people can make something of. */
  effect(effect: RoomEffect): void {
    if (!this.isHeard) return
    switch (effect.type) {
      case 'settled': {
        const { key, offset, ackMs } = effect
        const { author, seq } = key
        return this.tell({ type: 'settled', author, seq, offset, ackMs, way: this.ways.now })
      }
      case 'refused':
        return this.tell({ type: 'refused', code: effect.row.code })
      case 'reset':
        return this.tell({ type: 'reset' })
      case 'rehomed':
        return this.tell({ type: 'rehomed', entries: effect.count })
      default:
        return
    }
  }
}
