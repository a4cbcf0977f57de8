import { REMEMBERED_HASHES, decodeBatch, headOfBatch, isSame } from '../protocol/index.ts'
import { batchCodes } from './batch-codes.ts'
import type {
  Chain,
  CodeOf,
  CursorFields,
  ResetReason,
  RoomName,
  RoomSequencer,
} from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import { PageFrames } from './page-frames.ts'
import type { LogTail } from './log-tail.ts'
import type { OpenAuthors } from './open-authors.ts'
import type { LoadedRoom, Snapshot } from './room-load.ts'
import type { Store } from './stores/store.ts'

/** A client's place in a room's log, as it says. */
export type Cursor = CursorFields

/** A room's log while it is loaded: the sequencer, the latest batches, and the way to all others. */
export class RoomLog {
  readonly sequencer: RoomSequencer
  readonly room: RoomName
  readonly authors: OpenAuthors
  readonly pages = new PageFrames()
  /** S14 */
  readonly codeOf: CodeOf | undefined
  /** Hears of each checkpoint that is on disk. */
  onCheckpoint: ((through: number) => void) | undefined
  readonly #context: RelayContext
  readonly #store: Store
  readonly #tail: LogTail
  #checkpointed: number
  /** A state that becomes a checkpoint once it is old enough: see {@link RoomLog.#checkpointIfDue}. */
  #snapshot: Snapshot | undefined
  #isStoring = false
  #compactedThrough = 0

  constructor(context: RelayContext, store: Store, room: RoomName, loaded: LoadedRoom) {
    this.#context = context
    this.#store = store
    this.room = room
    this.sequencer = loaded.sequencer
    const { batchSecret } = context
    this.codeOf = batchSecret && batchCodes(batchSecret, room)
    this.authors = loaded.authors
    this.#tail = loaded.tail
    this.#checkpointed = loaded.checkpointed
    this.#snapshot = loaded.snapshot
    this.#checkpointIfDue()
  }

  /** The newest durable offset. */
  get head(): number {
    return this.sequencer.head
  }

  /** S19: a checkpoint from elsewhere is about to be stored. An older one would be refused. */
  checkpointComes(through: number): void {
    this.#checkpointed = Math.max(this.#checkpointed, through)
    if (this.#snapshot !== undefined && this.#snapshot.through <= through)
      this.#snapshot = undefined
  }

  /** S18: a place before this one that was the end of a batch may be none any more. */
  get compactedThrough(): number {
    return this.#compactedThrough
  }

  /** S18: the disk has compacted batches up to here, and from now on everybody gets those. */
  compacted(through: number): void {
    this.#compactedThrough = through
    this.#tail.dropThrough(through)
  }

  /** A batch became durable; the sequencer stands behind it. */
  extend(first: number, bytes: Uint8Array): void {
    this.#tail.push({ first, head: this.head, bytes, chain: this.sequencer.chain })
    this.#checkpointIfDue()
  }

  /** C1: undefined if the cursor is in this log, otherwise why not. */
  match(cursor: Cursor): ResetReason | undefined | Promise<ResetReason | undefined> {
    const { epoch, after, chain } = cursor
    if (after === 0) return undefined
    if (epoch !== this.sequencer.epoch) return 'unknown-epoch'
    if (after > this.head) return 'ahead-of-log'
    const judge = (known: Chain | 'inside' | 'compacted'): ResetReason | undefined => {
      if (known === 'compacted') return 'compacted'
      return known === chain ? undefined : 'chain-differs'
    }
    const known = after === this.head ? this.sequencer.chain : this.#tail.chainAt(after)
    return known === undefined ? this.#storedChainAt(after).then(judge) : judge(known)
  }

  /**
   * S14, S15: whether this log gave out a cursor that it does not have any more. Its epoch is the log's own: who is of an older one has
   * nothing new to say.
   */
  wasTakenBack({ epoch, after, chain, proof }: Cursor): boolean {
    const { codeOf } = this
    const isOurs = epoch === this.sequencer.epoch && proof?.epoch === epoch && chain !== undefined
    return isOurs && codeOf !== undefined && isSame(proof.code, codeOf(epoch, after, chain))
  }

  async #storedChainAt(offset: number): Promise<Chain | 'inside' | 'compacted'> {
    const [stored] = await this.#store.read(this.room, offset - 1, 1)
    if (stored?.head !== offset) {
      const isCompacted = stored !== undefined && headOfBatch(stored.bytes)?.isCompacted === true
      return isCompacted ? 'compacted' : 'inside'
    }
    const batch = decodeBatch(stored.bytes)
    if (typeof batch === 'string') throw new Error(`the batch at ${offset} is damaged: ${batch}`)
    return batch.chainAfter
  }

  /** C2: whole durable batches behind `after`, at most `maxBytes` unless one alone is larger. Now, if they are in memory. */
  pageBehind(after: number, maxBytes: number): Page | Promise<Page> {
    return this.#pageBehind(after, maxBytes, false)
  }

  /**
   * {@link pageBehind} for who wants the document alone: where the log was compacted over `after` (S18), the page begins before it, and says once more what
   * is in the document already.
   */
  documentPageBehind(after: number, maxBytes: number): Page | Promise<Page> {
    return this.#pageBehind(after, maxBytes, true)
  }

  #pageBehind(after: number, maxBytes: number, mayRepeat: boolean): Page | Promise<Page> {
    if (after >= this.head) return { batches: [], through: after }
    if (this.#tail.behind(after) !== undefined) {
      return this.#extended({ batches: [], through: after }, maxBytes)
    }
    return this.#store.read(this.room, after, maxBytes).then((stored) => {
      // The disk may know a batch a moment before we do: it is published by us, or not at all.
      const batches = stored.filter(({ head }) => head <= this.head)
      const through = batches.at(-1)?.head ?? after
      const begin = batches[0] && headOfBatch(batches[0].bytes)?.first
      // S18: the log was compacted over the place that somebody read up to.
      const isInside = begin !== undefined && begin <= after
      if (isInside && !mayRepeat) return { batches: [], through: after, isInside }
      return this.#extended({ batches: batches.map(({ bytes }) => bytes), through }, maxBytes)
    })
  }

  /** Adds what memory has behind a page, so that it can end at the head although publishers went on meanwhile. */
  #extended({ batches, through }: Page, maxBytes: number): Page {
    const all = [...batches]
    let bytes = all.reduce((sum, batch) => sum + batch.length, 0)
    let end = through
    for (const batch of this.#tail.behind(through) ?? []) {
      bytes += batch.bytes.length
      if (all.length > 0 && bytes > maxBytes) break
      all.push(batch.bytes)
      end = batch.head
    }
    return { batches: all, through: end }
  }

  /**
   * S8: hashes are not in a checkpoint, so one is stored only when as many records stand behind it as are to be
   * remembered: a load then replays them all. One snapshot waits in memory until it is that old.
   */
  #checkpointIfDue(): void {
    const { head } = this
    const snapshot = this.#snapshot
    if (snapshot !== undefined && head - snapshot.through >= REMEMBERED_HASHES) {
      if (this.#isStoring) return
      this.#snapshot = undefined
      this.#storeCheckpoint(snapshot)
    }
    const newest = this.#snapshot?.through ?? this.#checkpointed
    if (head - newest >= REMEMBERED_HASHES && this.#snapshot === undefined) {
      this.#snapshot = { through: head, bytes: this.sequencer.checkpoint() }
    }
  }

  #storeCheckpoint({ through, bytes }: Snapshot): void {
    const { figures, log } = this.#context
    this.#isStoring = true
    this.#checkpointed = through
    this.#store.checkpoint(this.room, through, bytes).then(
      () => {
        this.#isStoring = false
        figures.checkpoints++
        this.onCheckpoint?.(through)
      },
      (error: unknown) => {
        this.#isStoring = false
        figures.checkpointFailures++
        log.warn({ room: this.room, through, err: error }, 'a checkpoint could not be stored')
      },
    )
  }
}

/** Whole batches behind a cursor, and the offset at which they end. */
export type Page = {
  readonly batches: readonly Uint8Array[]
  readonly through: number
  /** S18: the cursor is inside a compacted batch. */
  readonly isInside?: boolean
}
