/**
 * From rows of which nobody knows whether they are of today to rooms that can be trusted: the longest begin of each log that
 * fits together. Rows are immutable but for deletions and for commits that came to nothing, which is where the care is.
 */
import {
  batchKey,
  checkpointKey,
  kindOf,
  readBatch,
  readCheckpoint,
  readFormat,
  readTombstone,
  roomOf,
  tombstoneKey,
} from './lmdb-rows.ts'
import { livingWriter } from './lmdb-writer.ts'
import type { FoundRow } from './lmdb-pages.ts'
import { StoreError } from './store.ts'

type ReadRow =
  | { readonly kind: 'format'; readonly version: number }
  | { readonly kind: 'writer'; readonly pid: number | undefined }
  | { readonly kind: 'batch'; readonly head: number; readonly before: number }
  | { readonly kind: 'checkpoint'; readonly through: number }
  | { readonly kind: 'tombstone' }

/** A batch that may belong into the log; its bytes are read again when they are needed. */
type Candidate = {
  readonly head: number
  readonly transaction: number
  /** Tells values under one key apart. */
  readonly checksum: number
}

type Found = {
  /** By the offset that they begin behind. */
  readonly batches: Map<number, Candidate[]>
  checkpoint:
    | { readonly through: number; readonly transaction: number; readonly checksum: number }
    | undefined
  tombstone: { readonly transaction: number; readonly checksum: number } | undefined
  /** The earliest page that has the tombstone: what was deleted is on older pages only. */
  deletedBy: number
}

/** The rows of one room that belong into a store. */
export type GatheredRoom = {
  readonly room: string
  /** The log as far as it fits together. */
  readonly through: number
  /** The end of what was found beyond that; equal to `through` where the log is whole. */
  readonly seen: number
}

/** Which of the found rows are right. Feed all with `take`, then ask. */
export class Gathering {
  readonly #rooms = new Map<string, Found>()
  /** Pages of later transactions were never committed. */
  readonly #lastTransaction: number
  #format: number | undefined
  #writer: { readonly pid: number | undefined; readonly transaction: number } | undefined
  /** Rows that belong into the new store: their keys, each with the checksum of the value. */
  readonly #wanted = new Map<string, number>()

  constructor(lastTransaction: number) {
    this.#lastTransaction = lastTransaction
  }

  /** The version of the store's format, where that row was found. */
  get format(): number | undefined {
    return this.#format
  }

  /** The process that writes to the store, if it lives. */
  get writer(): number | undefined {
    return this.#writer?.pid
  }

  /** Whether there is nothing of any room. */
  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  take(row: FoundRow): void {
    const { key, value, transaction } = row
    const read = this.#read(row)
    if (read === undefined) return
    if (read.kind === 'format')
      return void (this.#format = Math.max(this.#format ?? 0, read.version))
    if (read.kind === 'writer') {
      if (transaction >= (this.#writer?.transaction ?? 0)) this.#writer = { ...read, transaction }
      return
    }
    const found = this.#found(roomOf(key))
    const checksum = checksumOf(value)
    switch (read.kind) {
      case 'batch': {
        const { head, before } = read
        const others = found.batches.get(before) ?? []
        others.push({ head, transaction, checksum })
        found.batches.set(before, others)
        return
      }
      case 'checkpoint':
        if (transaction < (found.checkpoint?.transaction ?? 0)) return
        found.checkpoint = { through: read.through, transaction, checksum }
        return
      case 'tombstone':
        found.deletedBy = Math.min(found.deletedBy, transaction)
        if (transaction < (found.tombstone?.transaction ?? 0)) return
        found.tombstone = { transaction, checksum }
    }
  }

  /** Each room with what can be kept of it, in the order of their names. */
  rooms(): readonly GatheredRoom[] {
    return [...this.#rooms]
      .toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .map(([room, found]) => this.#gather(room, found))
  }

  /** To be asked behind `rooms`, with the rows once more; true for the first row of each that belongs into a store. */
  isWanted(row: FoundRow): boolean {
    const name = row.key.toString('latin1')
    const wanted = this.#wanted.get(name)
    if (wanted === undefined || this.#read(row) === undefined) return false
    return checksumOf(row.value) === wanted && this.#wanted.delete(name)
  }

  /** Undefined where it is damaged, no row at all, none of a room, or was never committed. */
  #read({ key, value, transaction }: FoundRow): ReadRow | undefined {
    if (transaction > this.#lastTransaction) return undefined
    try {
      switch (kindOf(key)) {
        case 'format':
          return { kind: 'format', version: readFormat(value) }
        case 'writer':
          return { kind: 'writer', pid: livingWriter(value) }
        case 'batch':
          return { kind: 'batch', ...readBatch(key, value) }
        case 'checkpoint':
          return { kind: 'checkpoint', ...readCheckpoint(key, value) }
        case 'tombstone':
          return { kind: 'tombstone', ...readTombstone(key, value) }
        default:
          return undefined
      }
    } catch (error) {
      if (error instanceof StoreError) return undefined
      throw error
    }
  }

  #found(room: string): Found {
    let found = this.#rooms.get(room)
    if (found === undefined) {
      found = {
        batches: new Map(),
        checkpoint: undefined,
        tombstone: undefined,
        deletedBy: Infinity,
      }
      this.#rooms.set(room, found)
    }
    return found
  }

  #gather(room: string, found: Found): GatheredRoom {
    const { batches, checkpoint, tombstone, deletedBy } = found
    const isOfToday = ({ transaction }: { readonly transaction: number }): boolean =>
      tombstone === undefined || transaction >= deletedBy
    let through = 0
    for (;;) {
      const next = latest((batches.get(through) ?? []).filter(isOfToday))
      if (next === undefined) break
      this.#want(batchKey(room, next.head), next.checksum)
      through = next.head
    }
    if (checkpoint !== undefined && isOfToday(checkpoint) && checkpoint.through <= through) {
      this.#want(checkpointKey(room), checkpoint.checksum)
    }
    if (tombstone !== undefined) this.#want(tombstoneKey(room), tombstone.checksum)
    const heads = [...batches.values()]
      .flat()
      .filter(isOfToday)
      .map(({ head }) => head)
    return { room, through, seen: heads.reduce((most, head) => Math.max(most, head), through) }
  }

  #want(key: Buffer, checksum: number): void {
    this.#wanted.set(key.toString('latin1'), checksum)
  }
}

/** The one of the latest transaction; undefined where two of it differ: then nobody can tell which was committed. */
const latest = (candidates: readonly Candidate[]): Candidate | undefined => {
  const transaction = Math.max(...candidates.map((each) => each.transaction))
  const [first, ...others] = candidates.filter((each) => each.transaction === transaction)
  return others.every(({ checksum }) => checksum === first?.checksum) ? first : undefined
}

const checksumOf = (value: Buffer): number => value.readUInt32BE(0)
