import type { Author, RoomName } from '../../protocol/index.ts'
import type { KeptRoom, OutboxRow, RoomChange } from '../../kit/ports.ts'
import type { Draws } from '../kernel/random.ts'
import { RoomOnDisk } from './room-on-disk.ts'
import type { Undo } from './room-on-disk.ts'

/** A backup of a profile: holds for ever, whatever becomes of the profile. */
export type ProfileImage = {
  readonly rooms: ReadonlyMap<RoomName, RoomOnDisk>
  readonly id: string | undefined
}

export type Committed = { readonly room: RoomName; readonly change: RoomChange }

type Unflushed = Committed & { readonly undo: readonly Undo[] }

/** Of more transactions than this the operating system has written the older ones by itself. */
const UNFLUSHED_AT_MOST = 64

/** What one browser profile has on disk; shared by its tabs, outlives them. */
export class VirtualProfile {
  #rooms = new Map<RoomName, RoomOnDisk>()
  #id: string | undefined
  /** What a loss of power may take, oldest first: none of it was strict, nor was anything behind it. */
  #unflushed: Unflushed[] = []
  readonly #tabs = new Set<() => void>()
  readonly #committedListeners: ((room: RoomName, change: RoomChange) => void)[] = []

  /** `listener` is called at the instant at which a change is on disk. */
  onCommitted(listener: (room: RoomName, change: RoomChange) => void): void {
    this.#committedListeners.push(listener)
  }

  load(room: RoomName): KeptRoom {
    return this.#room(room).load()
  }

  /** {@link load} without rows. */
  log(room: RoomName): KeptRoom {
    return this.#room(room).log()
  }

  /** Whether `change` would be refused as `superseded`. */
  isSuperseded(room: RoomName, change: RoomChange): boolean {
    return change.fold !== undefined && this.#room(room).isSuperseded(change)
  }

  commit(room: RoomName, change: RoomChange): 'committed' | 'superseded' {
    const kept = this.#room(room)
    if (kept.isSuperseded(change)) return 'superseded'
    // As kit/adapters/idb-storage.ts asks for durability: a row exists nowhere else.
    const isStrict = change.putRows !== undefined && change.putRows.length > 0
    const undo: Undo[] | undefined = isStrict ? undefined : []
    kept.apply(change, undo)
    if (undo === undefined) this.#flush()
    else {
      this.#unflushed.push({ room, change, undo })
      if (this.#unflushed.length > 2 * UNFLUSHED_AT_MOST) {
        this.#unflushed.splice(0, UNFLUSHED_AT_MOST)
      }
    }
    for (const listener of this.#committedListeners) listener(room, change)
    return 'committed'
  }

  roomsWithRows(): readonly RoomName[] {
    const rooms: RoomName[] = []
    for (const [room, { rows }] of this.#rooms) if (rows.size > 0) rooms.push(room)
    return rooms.sort()
  }

  get id(): string | undefined {
    return this.#id
  }

  /** A strict transaction, as in the browser. */
  profileId(fresh: string): string {
    this.#flush()
    this.#id ??= fresh
    return this.#id
  }

  /** `wiped` is called when all is gone. Returns how to stop. */
  openTab(wiped: () => void): () => void {
    this.#tabs.add(wiped)
    return () => {
      this.#tabs.delete(wiped)
    }
  }

  snapshot(): ProfileImage {
    return { rooms: copyOf(this.#rooms), id: this.#id }
  }

  /** As a home folder that is put back from a backup, which is flushed. Throws while a tab of the profile lives. */
  restore({ rooms, id }: ProfileImage): void {
    if (this.#tabs.size > 0) throw new Error('a profile is restored only while no tab of it lives')
    this.#rooms = copyOf(rooms)
    this.#id = id
    this.#flush()
  }

  /**
   * Of the last transactions that were not strict, some are gone, the latest first: which ones it says. To be called when
   * the tabs have ended: their machine has lost its power too.
   */
  losePower(draws: Draws): readonly Committed[] {
    const keptCount = draws.below(this.#unflushed.length + 1)
    const lost = this.#unflushed.splice(keptCount)
    for (const { undo } of lost.toReversed()) {
      for (const step of undo.toReversed()) step()
    }
    this.#flush()
    return lost
  }

  /** Evicted by the browser, or cleared by the user: every tab is told. */
  wipe(): void {
    this.#rooms = new Map()
    this.#id = undefined
    this.#flush()
    for (const wiped of this.#tabs) wiped()
  }

  hasRow(room: RoomName, author: Author, seq: number): boolean {
    return this.#rooms.get(room)?.rows.get(author, seq) !== undefined
  }

  /** For those who look on from outside. */
  rows(room: RoomName): readonly OutboxRow[] {
    return this.#rooms.get(room)?.rows.values() ?? []
  }

  rooms(): Iterable<RoomName> {
    return this.#rooms.keys()
  }

  #flush(): void {
    if (this.#unflushed.length > 0) this.#unflushed = []
  }

  #room(room: RoomName): RoomOnDisk {
    let kept = this.#rooms.get(room)
    if (kept === undefined) {
      kept = new RoomOnDisk()
      this.#rooms.set(room, kept)
    }
    return kept
  }
}

const copyOf = (rooms: ReadonlyMap<RoomName, RoomOnDisk>): Map<RoomName, RoomOnDisk> => {
  const copies = new Map<RoomName, RoomOnDisk>()
  for (const [name, room] of rooms) copies.set(name, room.copy())
  return copies
}
