import { decodeBatch, isChained } from './batch-codec.ts'
import type { CodeOf } from './batch-codec.ts'
import type { LogRecord } from './batch.ts'
import { CHECKSUM_BYTES } from './checksum.ts'
import type { UpFrame } from './frame.ts'
import { ID_BYTES } from './ids.ts'
import type { Chain, Epoch } from './ids.ts'

/** Batches of a log that is gone, one behind the other, with the epoch and the chain value before the first. */
export type KeptRun = {
  readonly epoch: Epoch
  readonly before: Chain
  readonly batches: readonly Uint8Array[]
}

/** One frame's worth, so that an edit of somebody who types does not stand behind all of it. */
const MAX_REPAIR_BYTES = 256 * 1024
const FRAME_OVERHEAD_BYTES = 1 + 2 * 8 + 2 * ID_BYTES + CHECKSUM_BYTES
const BATCH_OVERHEAD_BYTES = 5

/** C12: gives a run back to the relay, a frame at a time on one join: the next one when the relay has answered. */
export class RepairRun {
  readonly #run: KeptRun
  /** The next batch to send, and what stands before it. */
  #next = 0
  #epoch: Epoch
  #before: Chain
  /** What the frame that is unanswered goes up to. */
  #sent: { readonly next: number; readonly epoch: Epoch; readonly before: Chain } | undefined
  /** Records that the log lacks and cannot take before others have given back what stands before them. */
  #left = 0
  #others = 0

  constructor(run: KeptRun) {
    this.#run = run
    this.#epoch = run.epoch
    this.#before = run.before
  }

  get isOver(): boolean {
    return this.#next === this.#run.batches.length
  }

  /** So many records were given back by anybody: true if it begins again, since what ours stood behind may be among them. */
  othersGave(records: number): boolean {
    const isMore = records > this.#others
    this.#others = records
    if (!isMore || !this.isOver || this.#left === 0) return false
    this.#next = 0
    this.#epoch = this.#run.epoch
    this.#before = this.#run.before
    this.#sent = undefined
    this.#left = 0
    return true
  }

  answered(left: number): void {
    if (this.#sent === undefined) return
    this.#next = this.#sent.next
    this.#epoch = this.#sent.epoch
    this.#before = this.#sent.before
    this.#left += left
    this.#sent = undefined
  }

  /** The next frame, if one is due. A batch that fits no frame, or cannot be read, ends the run: nothing behind it can be verified. */
  frame(ref: number, maxFrameBytes: number): UpFrame | undefined {
    if (this.#sent !== undefined || this.isOver) return undefined
    const maxBytes = Math.min(MAX_REPAIR_BYTES, maxFrameBytes - FRAME_OVERHEAD_BYTES)
    const batches: Uint8Array[] = []
    let [bytes, epoch, before] = [0, this.#epoch, this.#before]
    for (const each of this.#run.batches.slice(this.#next)) {
      bytes += each.length + BATCH_OVERHEAD_BYTES
      const batch = decodeBatch(each)
      const isTooMuch =
        bytes > (batches.length === 0 ? maxFrameBytes - FRAME_OVERHEAD_BYTES : maxBytes)
      if (typeof batch === 'string' || isTooMuch) break
      batches.push(each)
      epoch = batch.epoch ?? epoch
      before = batch.chainAfter
    }
    if (batches.length === 0) {
      this.#next = this.#run.batches.length
      return undefined
    }
    this.#sent = { next: this.#next + batches.length, epoch, before }
    return { type: 'repair', ref, epoch: this.#epoch, before: this.#before, batches }
  }
}

/** C12, S14: the records of a run that this relay wrote, up to the first batch that it did not, and how many batches it did not write. */
export const ownRecords = (
  { epoch: begin, before: beginChain, batches }: KeptRun,
  codeOf: CodeOf,
): { readonly records: readonly LogRecord[]; readonly foreign: number } => {
  const records: LogRecord[] = []
  let [epoch, before] = [begin, beginChain]
  for (const [at, bytes] of batches.entries()) {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string' || !isChained(batch, bytes, before)) {
      return { records, foreign: batches.length - at }
    }
    epoch = batch.epoch ?? epoch
    before = batch.chainAfter
    if (!isSame(batch.code, codeOf(epoch, batch.last, batch.chainAfter))) {
      return { records, foreign: batches.length - at }
    }
    records.push(...batch.records)
  }
  return { records, foreign: 0 }
}

/** S14. In constant time, so that nobody finds a code byte by byte. */
export const isSame = (one: Uint8Array, other: Uint8Array): boolean => {
  if (one.length !== other.length || one.length === 0) return false
  let difference = 0
  for (const [at, byte] of one.entries()) difference |= byte ^ other[at]!
  return difference === 0
}
