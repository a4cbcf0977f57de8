import { decodeBatch, headOfBatch, toHex } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { JobPage } from './jobs/job-messages.ts'
import type { RoomJobs } from './room-jobs.ts'
import type { RoomLog } from './room-log.ts'
import type { Store } from './stores/store.ts'

export type CompactorParts = { readonly store: Store; readonly jobs: RoomJobs }

/** What is compacted so far: up to where, and where the last compacted batch begins, which has the document. */
type Compacted = {
  readonly through: number
  readonly after: number
  readonly epoch: string | undefined
}

const NOTHING: Compacted = { through: 0, after: 0, epoch: undefined }

/** S18: compacts one room's log, a part at a time, as its checkpoints go on. */
export class RoomCompactor {
  readonly #context: RelayContext
  readonly #parts: CompactorParts
  readonly #log: RoomLog
  #isBusy = false
  #known: Compacted | undefined

  constructor(context: RelayContext, parts: CompactorParts, log: RoomLog) {
    this.#context = context
    this.#parts = parts
    this.#log = log
  }

  /** A checkpoint is on disk. What fails here is tried again at the next one; the log is as it was. */
  checkpointed(through: number): void {
    if (this.#isBusy) return
    this.#isBusy = true
    this.#compact(through).then(
      () => (this.#isBusy = false),
      (error: unknown) => {
        this.#isBusy = false
        this.#known = undefined
        this.#context.figures.compactionFailures++
        const { room } = this.#log
        this.#context.log.warn({ room, through, err: error }, 'a log could not be compacted')
      },
    )
  }

  async #compact(through: number): Promise<void> {
    const { tuning, figures, randomBytes, clock } = this.#context
    const { store, jobs } = this.#parts
    const { room } = this.#log
    this.#known ??= await this.#find(through)
    const { after, epoch, through: before } = this.#known
    if (through - before < tuning.compactRecords) return
    const author = toHex(randomBytes(16))
    const atMs = clock.wallMs()
    const answer = await jobs.run({
      room,
      kind: 'compact',
      input: { after, epoch, author, atMs, maxBatchBytes: tuning.maxBatchBytes },
      pages: this.#pages(after, through),
      deadlineMs: tuning.compactMs,
    })
    if (answer === undefined) return
    await store.compact(room, after, answer.batches)
    figures.compactions++
    const beforeLast = answer.batches.at(-2)
    this.#known = {
      through,
      after: beforeLast?.head ?? after,
      epoch: beforeLast === undefined ? epoch : epochOf(beforeLast.bytes),
    }
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
