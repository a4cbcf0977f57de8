import type { Draws } from '../kernel/random.ts'
import { EMPTY_ROOM } from '../../relay/stores/judge.ts'
import type { RoomHead } from '../../relay/stores/judge.ts'
import { StoreError } from '../../relay/stores/store.ts'
import type { Append, Checkpoint, RoomState, StoredBatch } from '../../relay/stores/store.ts'

/** One thing that a commit changes; a commit is a list of them, judged already. */
export type DiskWrite =
  | { readonly type: 'append'; readonly append: Append }
  | { readonly type: 'checkpoint'; readonly room: string; readonly checkpoint: Checkpoint }
  | {
      readonly type: 'compact'
      readonly room: string
      readonly after: number
      readonly batches: readonly StoredBatch[]
    }
  | {
      readonly type: 'delete'
      readonly room: string
      readonly term: number
      readonly bytes: Uint8Array
    }

type RoomOnDisk = {
  head: number
  term: number
  /** Grows at its end only, so that a backup is the list and its length at that time. */
  readonly batches: StoredBatch[]
  checkpoint: Checkpoint | undefined
  readonly deleted: Uint8Array | undefined
  /** What a bit was flipped in: nobody may have the bytes of it. */
  readonly damaged: Set<StoredBatch | Checkpoint>
}

type RoomImage = Omit<RoomOnDisk, 'damaged'> & {
  readonly length: number
  readonly damaged: readonly (StoredBatch | Checkpoint)[]
}

/** A backup of a disk: holds for ever, whatever becomes of the disk. */
export type DiskImage = ReadonlyMap<string, RoomImage>

type Compacted = (room: string, batches: readonly StoredBatch[]) => void

/** What is durable of one relay; outlives its processes. What it hands out is shared: nobody may write into the bytes. */
export class VirtualDisk {
  /** Who may write: a store that was replaced cannot any more. */
  writer: object | undefined
  readonly #rooms = new Map<string, RoomOnDisk>()
  readonly #durableListeners: ((append: Append) => void)[] = []
  readonly #compactionListeners: Compacted[] = []

  /** `listener` is called for each batch at the instant at which it becomes durable. */
  onDurable(listener: (append: Append) => void): void {
    this.#durableListeners.push(listener)
  }

  /** `listener` is called when a room's log was compacted, with all its batches as they are from then on. */
  onCompacted(listener: Compacted): void {
    this.#compactionListeners.push(listener)
  }

  /** All of it at once, as one commit is. */
  apply(writes: readonly DiskWrite[]): void {
    for (const write of writes) this.#apply(write)
  }

  snapshot(): DiskImage {
    const image = new Map<string, RoomImage>()
    for (const [name, room] of this.#rooms) {
      image.set(name, { ...room, length: room.batches.length, damaged: [...room.damaged] })
    }
    return image
  }

  /** Throws while a store writes to it. */
  restore(image: DiskImage): void {
    if (this.writer !== undefined) throw new Error('a disk is restored only while no store has it')
    this.#rooms.clear()
    for (const [name, { length, ...room }] of image) {
      const batches = room.batches.slice(0, length)
      this.#rooms.set(name, { ...room, batches, damaged: new Set(room.damaged) })
    }
  }

  /**
   * Damages one stored batch or checkpoint, and says of which room; undefined where nothing is stored. From then on it is
   * refused as `damaged-value`, as a checksum does: nobody is ever given wrong bytes.
   */
  flipBit(draws: Draws): string | undefined {
    const stored: { readonly name: string; readonly value: StoredBatch | Checkpoint }[] = []
    for (const [name, { batches, checkpoint }] of this.#rooms) {
      for (const value of batches) stored.push({ name, value })
      if (checkpoint !== undefined) stored.push({ name, value: checkpoint })
    }
    const hit = stored[draws.below(stored.length)]
    if (hit === undefined) return undefined
    this.#rooms.get(hit.name)?.damaged.add(hit.value)
    return hit.name
  }

  /** Whether something of the room is damaged. */
  isDamaged(name: string): boolean {
    return (this.#rooms.get(name)?.damaged.size ?? 0) > 0
  }

  /** Rooms that have a batch, in the order of their names' UTF-8 bytes. */
  rooms(): readonly string[] {
    const names: string[] = []
    for (const [name, { head }] of this.#rooms) if (head > 0) names.push(name)
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** For those who look on from outside: damaged ones as well, as they were written. */
  batches(name: string): readonly StoredBatch[] {
    return this.#rooms.get(name)?.batches ?? []
  }

  checkpoint(name: string): Checkpoint | undefined {
    return this.#rooms.get(name)?.checkpoint
  }

  /** What the room's head and term are, whether or not they can be read. */
  headOf(name: string): RoomHead {
    const room = this.#rooms.get(name)
    return room === undefined ? EMPTY_ROOM : { head: room.head, term: room.term }
  }

  /** Throws where what tells the room's head is damaged. */
  readHead(name: string): RoomHead {
    const room = this.#rooms.get(name)
    if (room === undefined) return EMPTY_ROOM
    checkSound(name, room, room.batches.at(-1))
    return { head: room.head, term: room.term }
  }

  readState(name: string): RoomState {
    const room = this.#rooms.get(name)
    if (room === undefined) return { head: 0, term: 0 }
    const { head, term, batches, checkpoint, deleted } = room
    checkSound(name, room, batches.at(-1))
    checkSound(name, room, checkpoint)
    return {
      head,
      term,
      ...(checkpoint !== undefined && { checkpoint }),
      ...(deleted !== undefined && { deleted }),
    }
  }

  readBatches(name: string, after: number, maxBytes: number): readonly StoredBatch[] {
    const page: StoredBatch[] = []
    const room = this.#rooms.get(name)
    if (room === undefined) return page
    const { batches } = room
    let size = 0
    for (let at = firstBehind(batches, after); at < batches.length; at++) {
      const batch = batches[at]!
      // Also the one that is too much for this page: it has to be read before that is known.
      checkSound(name, room, batch)
      size += batch.bytes.length
      if (page.length > 0 && size > maxBytes) break
      page.push(batch)
    }
    return page
  }

  #apply(write: DiskWrite): void {
    switch (write.type) {
      case 'append': {
        const { append } = write
        const room = this.#room(append.room)
        room.batches.push({ head: append.head, bytes: append.bytes })
        room.head = append.head
        room.term = append.term
        for (const listener of this.#durableListeners) listener(append)
        return
      }
      case 'checkpoint':
        this.#room(write.room).checkpoint = write.checkpoint
        return
      case 'compact': {
        const room = this.#room(write.room)
        const last = write.batches.at(-1)!.head
        const before = room.batches.filter(({ head }) => head <= write.after)
        const behind = room.batches.filter(({ head }) => head > last)
        // Another list: a backup has the one that was.
        const batches = [...before, ...write.batches, ...behind]
        this.#rooms.set(write.room, { ...room, batches })
        for (const listener of this.#compactionListeners) listener(write.room, batches)
        return
      }
      case 'delete':
        this.#rooms.set(write.room, roomOf(write.term, write.bytes))
    }
  }

  #room(name: string): RoomOnDisk {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = roomOf(0, undefined)
      this.#rooms.set(name, room)
    }
    return room
  }
}

const roomOf = (term: number, deleted: Uint8Array | undefined): RoomOnDisk => ({
  head: 0,
  term,
  batches: [],
  checkpoint: undefined,
  deleted,
  damaged: new Set(),
})

const checkSound = (
  name: string,
  { damaged }: RoomOnDisk,
  value: StoredBatch | Checkpoint | undefined,
): void => {
  if (value === undefined || damaged.size === 0 || !damaged.has(value)) return
  throw new StoreError(
    'damaged-value',
    `What is stored of room ${JSON.stringify(name)} is damaged: its checksum fails.`,
  )
}

/** The place of the first batch whose head is above `after`. */
const firstBehind = (batches: readonly StoredBatch[], after: number): number => {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (batches[middle]!.head > after) high = middle
    else low = middle + 1
  }
  return low
}
