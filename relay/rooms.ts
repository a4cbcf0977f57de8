import type { RoomName } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { RoomParts } from './room-host.ts'
import { RoomHost } from './room-host.ts'

/** The rooms that this relay has in memory. */
export class Rooms {
  readonly #context: RelayContext
  readonly #parts: RoomParts
  readonly #byName = new Map<RoomName, RoomHost>()
  #nextNumber = 1

  constructor(context: RelayContext, parts: RoomParts) {
    this.#context = context
    this.#parts = parts
  }

  /** The room of a name; its log is loaded when somebody joins. */
  get(name: RoomName): RoomHost {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const room = new RoomHost(this.#context, this.#parts, name, this.#nextNumber++)
    this.#byName.set(name, room)
    return room
  }

  get loadedCount(): number {
    let count = 0
    for (const room of this.#byName.values()) if (room.isLoaded) count++
    return count
  }

  /** Ends leases, and lets go of rooms that nobody was in for a while. */
  sweep(now: number, mayJudge: boolean): void {
    for (const [name, room] of this.#byName) {
      if (mayJudge) room.presence.sweep(now)
      if (!room.isIdle(now)) continue
      room.stop()
      this.#byName.delete(name)
    }
  }

  stop(): void {
    for (const room of this.#byName.values()) room.stop()
  }
}
