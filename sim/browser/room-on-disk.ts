import {
  arrangeRoom,
  isFoldable,
  rowToKeep,
  tightBase,
  tightBatch,
  tightRow,
} from '../../kit/adapters/kept-room.ts'
import type {
  Base,
  KeptBatch,
  KeptRoom,
  OutboxRow,
  RejectedRow,
  RoomChange,
} from '../../kit/ports.ts'
import { PairMap } from './pair-map.ts'

/** Takes back one step of a change. */
export type Undo = () => void

const isTight = (bytes: Uint8Array): boolean => bytes.byteLength === bytes.buffer.byteLength

/** Most rows are as they should be: those are kept as they are, for nobody writes into them. */
const keptRow = <Row extends OutboxRow>(row: Row): Row =>
  isTight(row.bytes) && row.sealed === undefined && row.proof !== undefined && isTight(row.proof)
    ? row
    : tightRow(row)

const keptBatch = (batch: KeptBatch): KeptBatch =>
  isTight(batch.bytes) ? batch : tightBatch(batch)

/** The port promises that what is kept does not change with the bytes that were handed out. */
const ownRow = <Row extends OutboxRow>(row: Row): Row => ({ ...row, bytes: row.bytes.slice() })

/** What lies on one profile's disk of one room. */
export class RoomOnDisk {
  rows = new PairMap<OutboxRow>()
  rejected = new PairMap<RejectedRow>()
  batches = new PairMap<KeptBatch>()
  base: Base | undefined
  receiptKey: Uint8Array | undefined

  load(): KeptRoom {
    return arrangeRoom(
      this.base,
      this.batches.values(),
      this.rows.values().map(ownRow),
      this.rejected.values().map(ownRow),
      this.receiptKey,
    )
  }

  /** What it has of the log alone. */
  log(): KeptRoom {
    return arrangeRoom(this.base, this.batches.values(), [], [], this.receiptKey)
  }

  isSuperseded({ fold }: RoomChange): boolean {
    return fold !== undefined && !isFoldable(this.base, fold)
  }

  /** Fills `undo`, if it is given, with what takes the change back when done from the end. */
  apply(change: RoomChange, undo: Undo[] | undefined): void {
    const { putRows, dropRows, putRejected, dropRejected, putBatches, fold } = change
    if (change.forgetLog === true) this.#forgetLog(undo)
    if (dropRows !== undefined) {
      for (const { author, seq } of dropRows) put(this.rows, author, seq, undefined, undo)
    }
    if (dropRejected !== undefined) {
      for (const { author, seq } of dropRejected) put(this.rejected, author, seq, undefined, undo)
    }
    if (putRows !== undefined) {
      for (const row of putRows) {
        const kept = rowToKeep(this.rows.get(row.author, row.seq), row)
        put(this.rows, row.author, row.seq, keptRow(kept), undo)
      }
    }
    if (putRejected !== undefined) {
      for (const row of putRejected) put(this.rejected, row.author, row.seq, keptRow(row), undo)
    }
    if (putBatches !== undefined) {
      for (const batch of putBatches) {
        put(this.batches, batch.epoch, batch.last, keptBatch(batch), undo)
      }
    }
    if (change.receiptKey !== undefined) this.#keepReceiptKey(change.receiptKey.slice(), undo)
    if (fold !== undefined) this.#fold(tightBase(fold.base), undo)
  }

  copy(): RoomOnDisk {
    const copy = new RoomOnDisk()
    copy.rows = this.rows.copy()
    copy.rejected = this.rejected.copy()
    copy.batches = this.batches.copy()
    copy.base = this.base
    copy.receiptKey = this.receiptKey
    return copy
  }

  #keepReceiptKey(key: Uint8Array, undo: Undo[] | undefined): void {
    const { receiptKey } = this
    undo?.push(() => {
      this.receiptKey = receiptKey
    })
    this.receiptKey = key
  }

  #forgetLog(undo: Undo[] | undefined): void {
    const { base, batches } = this
    undo?.push(() => {
      this.base = base
      this.batches = batches
    })
    this.base = undefined
    this.batches = new PairMap()
  }

  #fold(base: Base, undo: Undo[] | undefined): void {
    const { base: before } = this
    undo?.push(() => {
      this.base = before
    })
    this.base = base
    for (const { epoch, last } of this.batches.values()) {
      if (epoch !== base.epoch || last <= base.offset) {
        put(this.batches, epoch, last, undefined, undo)
      }
    }
  }
}

const put = <Value>(
  map: PairMap<Value>,
  text: string,
  number: number,
  value: Value | undefined,
  undo: Undo[] | undefined,
): void => {
  if (undo !== undefined) {
    const before = map.get(text, number)
    undo.push(() => put(map, text, number, before, undefined))
  }
  if (value === undefined) map.delete(text, number)
  else map.set(text, number, value)
}
