import { frameName } from '../protocol/index.ts'
import type { FrameCount, SessionState } from './api.ts'
import type { RoomTrace } from './room-trace.ts'

/** W20: what one connection carried, counted for all its rooms, and told to those who listen in any of them. */
export class WireWatch {
  readonly #up = new FrameTally()
  readonly #down = new FrameTally()
  readonly #traces = new Set<RoomTrace>()
  #session: SessionState = 'idle'

  get sent(): Readonly<Record<string, FrameCount>> {
    return this.#up.counts
  }

  get received(): Readonly<Record<string, FrameCount>> {
    return this.#down.counts
  }

  add(trace: RoomTrace): () => void {
    this.#traces.add(trace)
    return () => void this.#traces.delete(trace)
  }

  frame(direction: 'up' | 'down', message: Uint8Array): void {
    const kind = frameName(message) ?? 'unknown'
    const bytes = message.length
    const tally = direction === 'up' ? this.#up : this.#down
    tally.add(kind, bytes)
    for (const trace of this.#traces) {
      if (trace.isHeard) trace.tell({ type: 'frame', direction, kind, bytes })
    }
  }

  /** The connection's machine may be in another state; `lastCause`: why the last connection ended. */
  session(state: SessionState, lastCause: string | undefined): void {
    if (state === this.#session) return
    this.#session = state
    const cause = state === 'waiting' || state === 'refused' ? lastCause : undefined
    for (const trace of this.#traces) {
      if (trace.isHeard) trace.tell({ type: 'session', state, cause })
    }
  }
}

class FrameTally {
  readonly #counts = new Map<string, { frames: number; bytes: number }>()

  get counts(): Readonly<Record<string, FrameCount>> {
    return Object.fromEntries(Array.from(this.#counts, ([kind, count]) => [kind, { ...count }]))
  }

  add(kind: string, bytes: number): void {
    const count = this.#counts.get(kind)
    if (count === undefined) {
      this.#counts.set(kind, { frames: 1, bytes })
      return
    }
    count.frames++
    count.bytes += bytes
  }
}
