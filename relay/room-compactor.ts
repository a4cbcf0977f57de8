import { decodeBatch, headOfBatch, toHex } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { JobPage } from './jobs/job-messages.ts'
import { findOldPart } from './old-part.ts'
import type { RoomJobs } from './room-jobs.ts'
import { checkpointAt } from './room-load.ts'
import type { RoomLog } from './room-log.ts'
import type { Store, StoredBatch } from './stores/store.ts'

export type CompactorParts = { readonly store: Store; readonly jobs: RoomJobs }

/** What is compacted so far: up to where, and where the last compacted batch begins, which has the document. */
type Compacted = {
  readonly through: number
  readonly after: number
  readonly epoch: string | undefined
}

const NOTHING: Compacted = { through: 0, after: 0, epoch: undefined }

/** S18, S19: compacts one room's log, a part at a time, as its checkpoints go on and as its events get too old. */
export class RoomCompactor {
  readonly #context: RelayContext
  readonly #parts: CompactorParts
  readonly #log: RoomLog
  #running: Promise<void> | undefined
  #isStopped = false
  /** The newest checkpoint that came while something else was under way. */
  #waiting: number | undefined
  #known: Compacted | undefined

  constructor(context: RelayContext, parts: CompactorParts, log: RoomLog) {
    this.#context = context
    this.#parts = parts
    this.#log = log
  }

  get isBusy(): boolean {
    return this.#running !== undefined
  }

  /** A checkpoint is on disk. What fails here is tried again at the next one; the log is as it was. */
  checkpointed(through: number): void {
    if (this.#running !== undefined) this.#waiting = through
    else void this.#alone(() => this.#compactIfMuch(through))
  }

  /** S19: leaves out what is too old now. Resolves when that is over, whatever came of it. */
  async expire(keepEventsMs: number): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await this.#alone(() => this.#expire(keepEventsMs))
  }

  /** The log is not this room's any more, or nobody is to write: what is under way comes to nothing. */
  stop(): void {
    this.#isStopped = true
  }

  #alone(work: () => Promise<void>): Promise<void> {
    this.#running = work()
      .catch((error: unknown) => {
        if (this.#isStopped) return
        this.#known = undefined
        this.#context.figures.compactionFailures++
        const { room } = this.#log
        this.#context.log.warn({ room, err: error }, 'a log could not be compacted')
      })
      .finally(() => {
        this.#running = undefined
        this.#next()
      })
    return this.#running
  }

  /** Where more is written than a compaction takes in its time, its end is the only one that begins another. */
  #next(): void {
    const through = this.#waiting
    this.#waiting = undefined
    if (through !== undefined && !this.#isStopped) this.checkpointed(through)
  }

  async #compactIfMuch(through: number): Promise<void> {
    this.#known ??= await this.#find(through)
    const { after, epoch, through: before } = this.#known
    if (through - before < this.#context.tuning.compactRecords) return
    const batches = await this.#compact({ after, epoch, through })
    if (batches === undefined) return
    const beforeLast = batches.at(-2)
    this.#known = {
      through,
      after: beforeLast?.head ?? after,
      epoch: beforeLast === undefined ? epoch : epochOf(beforeLast.bytes),
    }
  }

  async #expire(keepEventsMs: number): Promise<void> {
    const { store } = this.#parts
    const { room } = this.#log
    const sinceMs = this.#context.clock.wallMs() - keepEventsMs
    const { through } = await findOldPart(this.#context, store, room, sinceMs)
    if (through === undefined) return
    const snapshot = await checkpointAt(this.#context, store, room, through)
    if (this.#isStopped) return
    if (snapshot !== undefined) {
      this.#log.checkpointComes(through)
      await store.checkpoint(room, through, snapshot.bytes)
      this.#context.figures.checkpoints++
    }
    await this.#compact({ after: 0, epoch: undefined, through })
    this.#known = undefined
  }

  /** Undefined where nobody wants it any more. */
  async #compact(part: Compacted): Promise<readonly StoredBatch[] | undefined> {
    const { tuning, figures, randomBytes, clock, keepEventsMs } = this.#context
    const { store, jobs } = this.#parts
    const { room } = this.#log
    const { after, epoch, through } = part
    const { maxBatchBytes } = tuning
    const [author, atMs] = [toHex(randomBytes(16)), clock.wallMs()]
    const eventsSinceMs = keepEventsMs === undefined ? 0 : Math.max(0, atMs - keepEventsMs)
    const answer = await jobs.run({
      room,
      kind: 'compact',
      input: { after, epoch, author, atMs, maxBatchBytes, eventsSinceMs },
      pages: this.#pages(after, through),
      isWanted: () => !this.#isStopped,
      deadlineMs: tuning.compactMs,
    })
    if (answer === undefined || this.#isStopped) return undefined
    await store.compact(room, after, answer.batches)
    this.#log.compacted(through)
    figures.compactions++
    figures.eventsExpired += answer.expired
    return answer.batches
  }

  /** The log's part behind `after`, which ends at `through`. */
  async *#pages(after: number, through: number): AsyncGenerator<JobPage> {
    const { maxPageBytes } = this.#context.limits
    let at = after
    while (at < through) {
      const stored = await this.#parts.store.read(this.#log.room, at, maxPageBytes)
      const batches = stored.filter(({ head }) => head <= through)
      const end = batches.at(-1)?.head
      if (end === undefined) throw new Error(`no batch ends at ${through}`)
      at = end
      yield batches.map(({ bytes }) => bytes)
    }
  }

  /** Compacted batches are the first ones of a log: where they end is searched for by halves. */
  async #find(through: number): Promise<Compacted> {
    const { room } = this.#log
    const { store } = this.#parts
    let [low, high] = [0, through]
    let last = { first: 1, head: 0 }
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [stored] = await store.read(room, middle, 1)
      const begin = stored && headOfBatch(stored.bytes)
      if (stored !== undefined && begin?.isCompacted === true) {
        last = { first: begin.first, head: stored.head }
        low = stored.head
      } else high = middle
    }
    if (last.head === 0) return NOTHING
    const after = last.first - 1
    const [before] = after === 0 ? [] : await store.read(room, after - 1, 1)
    return { through: last.head, after, epoch: before && epochOf(before.bytes) }
  }
}

/** Of a compacted batch, which always names it. */
const epochOf = (bytes: Uint8Array): string | undefined => {
  const batch = decodeBatch(bytes)
  return typeof batch === 'string' ? undefined : batch.epoch
}
