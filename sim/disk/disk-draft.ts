import { checkCheckpoint, checkCompaction, judge } from '../../relay/stores/judge.ts'
import type { Append, AppendResult, Deletion, StoredBatch } from '../../relay/stores/store.ts'
import type { DiskWrite, VirtualDisk } from './virtual-disk.ts'

type DraftRoom = { head: number; term: number; through: number | undefined }

/** What a commit is going to write, while what was asked for is judged in order. */
export class DiskDraft {
  readonly writes: DiskWrite[] = []
  readonly #disk: VirtualDisk
  readonly #known: Set<string>
  readonly #rooms = new Map<string, DraftRoom>()

  /** `known`: rooms whose head the store remembers, and so does not read from the disk. */
  constructor(disk: VirtualDisk, known: Set<string>) {
    this.#disk = disk
    this.#known = known
  }

  /** Throws, before anything is taken up, where a room's stored state is damaged. */
  append(appends: readonly Append[]): readonly AppendResult[] {
    for (const { room } of appends) this.#room(room)
    return appends.map((append) => {
      const room = this.#room(append.room)
      const result = judge(append, room)
      if (result.ok) {
        room.head = append.head
        room.term = append.term
        this.writes.push({ type: 'append', append })
      }
      return result
    })
  }

  checkpoint(name: string, through: number, bytes: Uint8Array): void {
    const room = this.#room(name)
    room.through ??= this.#disk.readState(name).checkpoint?.through ?? 0
    checkCheckpoint(name, through, { before: room.through, head: room.head })
    room.through = through
    this.writes.push({ type: 'checkpoint', room: name, checkpoint: { through, bytes } })
  }

  compact(name: string, after: number, batches: readonly StoredBatch[]): void {
    const room = this.#room(name)
    room.through ??= this.#disk.readState(name).checkpoint?.through ?? 0
    checkCompaction(name, after, batches, {
      checkpointed: room.through,
      endsAt: (offset) => this.#disk.batches(name).some(({ head }) => head === offset),
    })
    this.writes.push({ type: 'compact', room: name, after, batches })
  }

  delete(name: string, deletion: Deletion): AppendResult {
    const room = this.#room(name)
    const result = judge(deletion, room)
    if (result.ok) {
      const { term, bytes } = deletion
      this.#rooms.set(name, { head: 0, term, through: 0 })
      this.writes.push({ type: 'delete', room: name, term, bytes })
    }
    return result
  }

  /** The room as this draft leaves it. */
  #room(name: string): DraftRoom {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      const { head, term } = this.#known.has(name)
        ? this.#disk.headOf(name)
        : this.#disk.readHead(name)
      room = { head, term, through: undefined }
      this.#rooms.set(name, room)
      this.#known.add(name)
    }
    return room
  }
}
