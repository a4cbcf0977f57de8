/** What a commit is going to write, while its jobs are being judged one after the other. */
import { checkCompaction, judge } from './judge.ts'
import type { RoomHead } from './judge.ts'
import { batchKeysOf, readRoomState } from './lmdb-read.ts'
import type { Db, InTransaction } from './lmdb-read.ts'
import {
  batchRow,
  checkpointKey,
  checkpointRow,
  headOfBatchKey,
  tombstoneRow,
} from './lmdb-rows.ts'
import type { Row } from './lmdb-rows.ts'
import type { AppendResult, Deletion, StoredBatch } from './store.ts'

type Write = { room: string; key: Buffer; value: Buffer | undefined }
export type DraftAppend = { room: string; expectHead: number; head: number; term: number; row: Row }

export class Draft {
  readonly #db: Db
  readonly #durableHead: (room: string) => RoomHead
  readonly #heads: Map<string, RoomHead> = new Map()
  readonly #checkpoints: Map<string, number> = new Map()
  readonly #writes: Write[] = []
  #bytes = 0

  constructor(db: Db, durableHead: (room: string) => RoomHead) {
    this.#db = db
    this.#durableHead = durableHead
  }

  get isEmpty(): boolean {
    return this.#writes.length === 0
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Heads of all rooms that it looked at, as they are once this is committed. */
  get heads(): ReadonlyMap<string, RoomHead> {
    return this.#heads
  }

  /** Throws, before anything is taken up, where a room's stored state is damaged. */
  append(appends: readonly DraftAppend[]): readonly AppendResult[] {
    for (const { room } of appends) this.head(room)
    return appends.map(({ room, expectHead, head, term, row }) => {
      const result = judge({ expectHead, term }, this.head(room))
      if (result.ok) {
        this.#put(room, row)
        this.#heads.set(room, { head, term })
      }
      return result
    })
  }

  /** `through` of the room's checkpoint as this draft leaves it; 0 without one. */
  checkpointed(room: string): number {
    return this.#checkpoints.get(room) ?? readRoomState(this.#db, room).checkpoint?.through ?? 0
  }

  checkpoint(room: string, through: number, bytes: Uint8Array): void {
    this.#put(room, checkpointRow(room, { through, bytes }))
    this.#checkpoints.set(room, through)
  }

  compact(room: string, after: number, batches: readonly StoredBatch[]): void {
    const last = batches.at(-1)?.head ?? 0
    const stored = batchKeysOf(this.#db, room, after, last)
    const heads = new Set(stored.map((key) => headOfBatchKey(key)))
    checkCompaction(room, after, batches, {
      checkpointed: this.checkpointed(room),
      endsAt: (offset) =>
        heads.has(offset) ||
        (offset === after && batchKeysOf(this.#db, room, after - 1, after).length > 0),
    })
    for (const key of stored) this.#writes.push({ room, key, value: undefined })
    const { term } = this.head(room)
    let expectHead = after
    for (const { head, bytes } of batches) {
      this.#put(room, batchRow({ room, expectHead, head, term, bytes }))
      expectHead = head
    }
  }

  delete(room: string, { expectHead, term, bytes }: Deletion): AppendResult {
    const result = judge({ expectHead, term }, this.head(room))
    if (!result.ok) return result
    const drafted = this.#writes.filter((write) => write.room === room).map(({ key }) => key)
    for (const key of [...batchKeysOf(this.#db, room), ...drafted, checkpointKey(room)]) {
      this.#writes.push({ room, key, value: undefined })
    }
    this.#put(room, tombstoneRow(room, term, bytes))
    this.#heads.set(room, { head: 0, term })
    this.#checkpoints.set(room, 0)
    return result
  }

  /** The room's head as this draft leaves it. */
  head(room: string): RoomHead {
    let head = this.#heads.get(room)
    if (!head) {
      head = this.#durableHead(room)
      this.#heads.set(room, head)
    }
    return head
  }

  writeTo(db: InTransaction): void {
    for (const { key, value } of this.#writes) {
      if (value) db.put(key, value)
      else db.remove(key)
    }
  }

  #put(room: string, { key, value }: Row): void {
    this.#writes.push({ room, key, value })
    this.#bytes += key.length + value.length
  }
}
