import { decodeBatch, headOfBatch, isChained } from './batch-codec.ts'
import type { Batch } from './batch.ts'
import { LOG_START } from './frame.ts'
import type { CursorFields } from './frame.ts'
import { emptyChain } from './hash.ts'
import type { Epoch, RoomName } from './ids.ts'
import type { AppliedBatch, Cursor } from './room-step.ts'

/** What became of batches that came: those to apply, and why not more of them. */
export type Reading = {
  readonly applied: readonly AppliedBatch[]
  readonly duplicates: number
  readonly end: 'all' | 'missed' | 'malformed-frame' | 'broken-chain'
}

/** Of batches that came from beside the relay nothing was read. */
export const UNREAD = {
  applied: [] as readonly AppliedBatch[],
  duplicates: 0,
  end: 'unfit',
} as const

/** A page's place in a room's log, which moves by whole batches that follow one another. Rules C3, C4. */
export class LogReader {
  readonly #room: RoomName
  #cursor: Cursor
  /** C9: only the relay can say what log is read from its start now. */
  #isAnew = false

  constructor(room: RoomName, cursor: Cursor | undefined) {
    this.#room = room
    this.#cursor = cursor ?? beginOf(room)
  }

  get cursor(): Cursor {
    return this.#cursor
  }

  /** C1: what a join says of it. */
  get place(): CursorFields {
    const { epoch, offset: after, chain, proof } = this.#cursor
    return after === 0 ? LOG_START : { after, epoch, chain, proof }
  }

  /** C9: nothing of the old log is believed. */
  beginAnew(): void {
    this.#cursor = beginOf(this.#room)
    this.#isAnew = true
  }

  /** The log that is read has this epoch, whatever earlier ones it had; it is known already where anything was read. */
  joined(epoch: Epoch): void {
    if (this.#cursor.offset === 0) this.#cursor = { ...this.#cursor, epoch }
  }

  read(all: readonly Uint8Array[]): Reading {
    const applied: AppliedBatch[] = []
    let duplicates = 0
    for (const bytes of all) {
      const batch = decodeBatch(bytes)
      if (typeof batch === 'string') return { applied, duplicates, end: 'malformed-frame' }
      if (batch.last <= this.#cursor.offset) {
        duplicates += batch.records.length
        continue
      }
      if (batch.first > this.#cursor.offset + 1) return { applied, duplicates, end: 'missed' }
      if (!this.#follows(batch, bytes)) return { applied, duplicates, end: 'broken-chain' }
      this.#cursor = this.#behind(batch)
      applied.push({ batch, bytes })
    }
    return { applied, duplicates, end: 'all' }
  }

  /**
   * Batches that did not come from the relay: of the log that is read, or the first of any. Compacted ones are left to the relay, for nobody else's word
   * about them counts (S18).
   */
  readBeside(epoch: Epoch, all: readonly Uint8Array[]): Reading | typeof UNREAD {
    const isFirst = this.#cursor.offset === 0 && this.#cursor.epoch === undefined && !this.#isAnew
    if (!isFirst && this.#cursor.epoch !== epoch) return UNREAD
    const at = all.findIndex((bytes) => headOfBatch(bytes)?.isCompacted !== false)
    const reading = this.#readOf(epoch, at < 0 ? all : all.slice(0, at))
    return at < 0 || reading.end !== 'all' ? reading : { ...reading, end: 'malformed-frame' }
  }

  #readOf(epoch: Epoch, all: readonly Uint8Array[]): Reading {
    const before = this.#cursor
    this.joined(epoch)
    const reading = this.read(all)
    if (reading.applied.length === 0) this.#cursor = before
    return reading
  }

  /** C4: the batch is the very next one, with not one bit changed. Of a compacted one (S18) the relay's word counts. */
  #follows(batch: Batch, bytes: Uint8Array): boolean {
    const { offset, chain } = this.#cursor
    return batch.first === offset + 1 && (batch.isCompacted || isChained(batch, bytes, chain))
  }

  #behind({ last, chainAfter, epoch, code }: Batch): Cursor {
    const written = epoch ?? this.#cursor.proof?.epoch
    const proof = written && code.length > 0 ? { epoch: written, code: code.slice() } : undefined
    return { epoch: this.#cursor.epoch, offset: last, chain: chainAfter, proof }
  }
}

const beginOf = (room: RoomName): Cursor => ({
  epoch: undefined,
  offset: 0,
  chain: emptyChain(room),
  proof: undefined,
})
