import { isRoomName } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import { findOldPart } from './old-part.ts'
import type { Rooms } from './rooms.ts'
import type { Store } from './stores/store.ts'

export type ExpiryParts = {
  readonly store: Store
  readonly rooms: Rooms
  readonly keepEventsMs: number
}

/**
 * S19: looks for events that are too old in all rooms, one after the other, whether anybody is in them or not. What could not be done is counted and
 * comes again with the next look.
 */
export class EventExpiry {
  readonly #context: RelayContext
  readonly #parts: ExpiryParts
  /** Rooms of which nothing can be too old before a time of the wall clock: an hour later most need no look. */
  #youngUntil = new Map<string, number>()
  #cancel: () => void
  #isStopped = false

  constructor(context: RelayContext, parts: ExpiryParts) {
    this.#context = context
    this.#parts = parts
    const { randomBytes, tuning } = context
    const [high = 0, low = 0] = randomBytes(2)
    // Relays that were started together do not all go to their disks together.
    this.#cancel = this.#lookIn((tuning.expiryMs * (high * 256 + low)) / 65_536)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #lookIn(ms: number): () => void {
    return this.#context.clock.setTimer(ms, () => {
      void this.#sweep().then(() => {
        if (!this.#isStopped) this.#cancel = this.#lookIn(this.#context.tuning.expiryMs)
      })
    })
  }

  async #sweep(): Promise<void> {
    const youngUntil = new Map<string, number>()
    const { figures } = this.#context
    try {
      for (const name of await this.#parts.store.rooms()) {
        if (this.#isStopped) return
        if (!isRoomName(name)) continue
        const until = await this.#look(name)
        if (until !== undefined) youngUntil.set(name, until)
      }
      figures.expirySweeps++
    } catch (error) {
      this.#failed(error)
    }
    this.#youngUntil = youngUntil
  }

  /** Until when nothing of the room can be too old; undefined where it has to be looked at again. */
  async #look(room: RoomName): Promise<number | undefined> {
    const { store, rooms, keepEventsMs } = this.#parts
    const nowMs = this.#context.clock.wallMs()
    const known = this.#youngUntil.get(room) ?? 0
    if (known > nowMs) return known
    try {
      const old = await findOldPart(this.#context, store, room, nowMs - keepEventsMs)
      if (old.through === undefined) return (old.nextMs ?? nowMs) + keepEventsMs
      if (!this.#isStopped) await rooms.get(room).expire(keepEventsMs)
    } catch (error) {
      this.#failed(error, room)
    }
    return undefined
  }

  #failed(error: unknown, room?: RoomName): void {
    if (this.#isStopped) return
    this.#context.figures.readFailures++
    this.#context.log.warn({ room, err: error }, 'it is not known whether a room has old events')
  }
}
