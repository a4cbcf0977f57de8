import type { AppendedEntry, Batch, LogRecord, RejectCode } from './batch.ts'
import {
  MAX_ORIGIN_BYTES,
  decodeBatch,
  decodeEntry,
  decodeVoid,
  encodeBatch,
  encodeVoid,
  isChained,
  recordHash,
} from './batch-codec.ts'
import type { BatchParts } from './batch-codec.ts'
import { decodeEvent } from './event-body.ts'
import { emptyChain, hashEntry } from './hash.ts'
import { keyOf } from './ids.ts'
import type { Author, Chain, EntryHash, Epoch, Millis, RoomName } from './ids.ts'
import { REMEMBERED_HASHES } from './limits.ts'
import { assert } from './machine.ts'
import type { Machine } from './machine.ts'
import { decodeMarks, encodeMarks } from './sequencer-checkpoint.ts'

/*
 *            append ──► queue ──flush──► in flight ──committed──► durable: published, acked
 *                          ▲                 │  ▲                    │
 *                          │                 │  └──── next of queue ◄┘
 *                          │               failed
 *                          │                 ▼
 *                          └────────────  fallen: nothing more is taken; the driver loads the room anew
 */

/** The driver's name for one producer opened on one connection. */
export type Writer = number

export type SequencerInput =
  | {
      readonly type: 'append'
      readonly from: Writer
      readonly author: Author
      readonly user: string
      readonly firstSeq: number
      readonly entries: readonly AppendedEntry[]
      /** The relay's wall clock in ms since 1970; it is written into the batch and decides nothing. */
      readonly atMs: number
    }
  /** The driver is done with what arrived together: commit it, unless a commit is under way. */
  | { readonly type: 'flush' }
  /** The commit that was asked for is on disk, or is not and never will be. */
  | { readonly type: 'committed' }
  | { readonly type: 'failed' }

export type SequencerEffect =
  | {
      readonly type: 'commit'
      readonly expectHead: number
      readonly head: number
      readonly bytes: Uint8Array
    }
  /** S3: only now may anybody see the batch, or hear that it is kept. */
  | {
      readonly type: 'publish'
      readonly bytes: Uint8Array
      readonly first: number
      readonly head: number
    }
  | { readonly type: 'acked'; readonly from: Writer; readonly through: number }
  | { readonly type: 'gap'; readonly from: Writer; readonly through: number }
  | { readonly type: 'forked'; readonly from: Writer; readonly seq: number }
  | {
      readonly type: 'rejected'
      readonly from: Writer
      readonly seq: number
      readonly code: RejectCode
    }
  /** W10: an entry's bytes are not what its hash says: the connection cannot be trusted with more. */
  | { readonly type: 'corrupt'; readonly from: Writer; readonly seq: number }
  | { readonly type: 'fallen' }

type Known = { readonly hash: EntryHash; readonly code: RejectCode | undefined }
/** A record that is not durable yet, and who is to be told when it is. */
type Taken = BatchParts['records'][number] & {
  readonly code: RejectCode | undefined
  readonly askers: Writer[]
}
type Flight = {
  readonly records: readonly Taken[]
  readonly encoded: Uint8Array
  readonly head: number
  readonly chain: Chain
}
type Mark = { readonly user: string; durable: number; pending: number }

export type SequencerOptions = {
  readonly room: RoomName
  /** The epoch that the log gets if it is still empty: 16 random bytes as hex. */
  readonly freshEpoch: Epoch
  readonly maxEntryBytes: number
  /** A batch ends before the entry that would take it over this size. */
  readonly maxBatchBytes: number
}

/** The single place that turns arrival into order, for one room. Rules S1–S10 of SPEC.md. */
export class RoomSequencer implements Machine<SequencerInput, SequencerEffect> {
  readonly #options: SequencerOptions
  readonly #marks = new Map<Author, Mark>()
  /** S8: the latest durable keys and all that are not durable yet, oldest first. */
  readonly #known = new Map<string, Known>()
  #epoch: Epoch
  #head = 0
  #chain: Chain
  /** What was taken and is not durable: in flight first, then queued. */
  readonly #taken = new Map<string, Taken>()
  #queue: Taken[] = []
  #latestMs = 0
  #flight: Flight | undefined
  #isFallen = false

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#epoch = options.freshEpoch
    this.#chain = emptyChain(options.room)
  }

  /** The epoch of the log; of an empty log, the one that its first batch will carry. */
  get epoch(): Epoch {
    return this.#epoch
  }

  /** The newest durable offset, and the chain value there. */
  get head(): number {
    return this.#head
  }

  get chain(): Chain {
    return this.#chain
  }

  get hasUnsettled(): boolean {
    return this.#flight !== undefined || this.#queue.length > 0
  }

  /** S4: what `opened` says, from the durable state only; undefined if the author is somebody else's (S10). */
  durableMark(author: Author, user: string): number | undefined {
    const mark = this.#marks.get(author)
    if (mark === undefined) return 0
    return mark.user === user ? mark.durable : undefined
  }

  /** S5: the highest seq of an author that was taken, durable or not: what `gap` says. */
  pendingMark(author: Author): number {
    return this.#marks.get(author)?.pending ?? 0
  }

  deadline(): Millis | undefined {
    return undefined
  }

  handle(input: SequencerInput, _now: Millis): readonly SequencerEffect[] {
    if (this.#isFallen) return []
    switch (input.type) {
      case 'append':
        return this.#append(input)
      case 'flush':
        return this.#commitNext()
      case 'committed':
        return this.#committed()
      case 'failed':
        this.#isFallen = true
        return [{ type: 'fallen' }]
    }
  }

  #append(input: Extract<SequencerInput, { type: 'append' }>): readonly SequencerEffect[] {
    assert(input.firstSeq > 0, 'a seq begins at 1')
    const effects: SequencerEffect[] = []
    let seq = input.firstSeq
    for (const entry of input.entries) {
      const isGoingOn = this.#take(input, seq, entry, effects)
      if (!isGoingOn) break
      seq++
    }
    return ackedOnceAndLast(effects)
  }

  /** S1, S2: one entry. False when those behind it in the same frame are pointless. */
  #take(
    input: Extract<SequencerInput, { type: 'append' }>,
    seq: number,
    entry: AppendedEntry,
    effects: SequencerEffect[],
  ): boolean {
    const { from, author, user } = input
    if (hashEntry(entry.bytes) !== entry.hash) {
      effects.push({ type: 'corrupt', from, seq })
      return false
    }
    const mark = this.#marks.get(author)
    const pending = mark?.pending ?? 0
    if (seq > pending + 1) {
      effects.push({ type: 'gap', from, through: pending })
      return false
    }
    if (seq <= pending) return this.#takeAgain(from, author, seq, entry.hash, effects)
    if (mark === undefined) this.#marks.set(author, { user, durable: 0, pending: seq })
    else mark.pending = seq
    this.#enqueue(input, seq, entry)
    return true
  }

  /** S2: a key that came before. Nothing is ever acked that is not durable, nor under other bytes. */
  #takeAgain(
    from: Writer,
    author: Author,
    seq: number,
    hash: EntryHash,
    effects: SequencerEffect[],
  ): boolean {
    const known = this.#known.get(keyOf(author, seq))
    if (known !== undefined && known.hash !== hash) {
      effects.push({ type: 'forked', from, seq })
      return false
    }
    const taken = this.#taken.get(keyOf(author, seq))
    if (taken !== undefined) {
      if (!taken.askers.includes(from)) taken.askers.push(from)
    } else if (known?.code === undefined) {
      effects.push({ type: 'acked', from, through: seq })
    } else {
      effects.push({ type: 'rejected', from, seq, code: known.code })
    }
    return true
  }

  #enqueue(
    { from, author, user, atMs }: Extract<SequencerInput, { type: 'append' }>,
    seq: number,
    entry: AppendedEntry,
  ): void {
    const code = this.#whyRejected(entry.bytes)
    const bytes = code === undefined ? entry.bytes : encodeVoid({ hash: entry.hash, code })
    const seal = code === undefined ? entry.seal : undefined
    const taken: Taken = { author, user, seq, bytes, seal, code, askers: [from] }
    this.#queue.push(taken)
    this.#taken.set(keyOf(author, seq), taken)
    this.#known.set(keyOf(author, seq), { hash: entry.hash, code })
    this.#latestMs = atMs
  }

  /** S9: what is refused for good. The mark moves past it, a void record says so to everybody. */
  #whyRejected(bytes: Uint8Array): RejectCode | undefined {
    const entry = decodeEntry(bytes)
    // What fitted under its first key fits under a new one, although it carries the first with it (E6).
    const hasOrigin = typeof entry !== 'string' && entry.origin !== undefined
    const carriedBytes = hasOrigin ? MAX_ORIGIN_BYTES : 0
    if (bytes.length > this.#options.maxEntryBytes + carriedBytes) return 'too-large'
    if (typeof entry === 'string') return entry
    if (entry.kind === 'update') return undefined
    if (entry.kind !== 'event') return 'unknown-kind'
    return decodeEvent(entry.body) === undefined ? 'malformed-entry' : undefined
  }

  #commitNext(): readonly SequencerEffect[] {
    if (this.#flight !== undefined || this.#queue.length === 0) return []
    const records = this.#cut()
    const first = this.#head + 1
    const epoch = first === 1 ? this.#epoch : undefined
    const parts = { first, atMs: this.#latestMs, epoch, records }
    const { bytes, chainAfter } = encodeBatch(parts, this.#chain)
    const head = this.#head + records.length
    this.#flight = { records, encoded: bytes, head, chain: chainAfter }
    return [{ type: 'commit', expectHead: this.#head, head, bytes }]
  }

  /** Takes from the queue what one batch may hold: at least one record. */
  #cut(): readonly Taken[] {
    let bytes = 0
    let count = 0
    for (const record of this.#queue) {
      bytes += record.bytes.length
      if (count > 0 && bytes > this.#options.maxBatchBytes) break
      count++
    }
    const cut = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return cut
  }

  #committed(): readonly SequencerEffect[] {
    const flight = this.#flight
    assert(flight !== undefined, 'a commit that ends was begun')
    this.#flight = undefined
    const first = this.#head + 1
    this.#head = flight.head
    this.#chain = flight.chain
    const effects: SequencerEffect[] = [
      { type: 'publish', bytes: flight.encoded, first, head: flight.head },
    ]
    const acks = new Map<Writer, number>()
    for (const { author, seq, code, askers } of flight.records) {
      this.#marks.get(author)!.durable = seq
      this.#taken.delete(keyOf(author, seq))
      for (const from of askers) {
        if (code !== undefined) effects.push({ type: 'rejected', from, seq, code })
        acks.set(from, seq)
      }
    }
    this.#forget()
    for (const [from, through] of acks) effects.push({ type: 'acked', from, through })
    return [...effects, ...this.#commitNext()]
  }

  #forget(): void {
    for (const key of this.#known.keys()) {
      if (this.#known.size - this.#taken.size <= REMEMBERED_HASHES) return
      this.#known.delete(key)
    }
  }

  /** S7: the state from which, with the batches behind it, this sequencer can be made again. */
  checkpoint(): Uint8Array {
    const marks = [...this.#marks].filter(([, mark]) => mark.durable > 0)
    return encodeMarks({
      epoch: this.#epoch,
      head: this.#head,
      chain: this.#chain,
      marks: marks.map(([author, { user, durable }]) => ({ author, user, seq: durable })),
    })
  }

  /** S7: begins from a checkpoint instead of the empty log. Returns a sentence when the bytes are no checkpoint. */
  restore(bytes: Uint8Array): string | undefined {
    assert(this.#head === 0, 'a sequencer is restored before anything else')
    const state = decodeMarks(bytes)
    if (typeof state === 'string') return state
    this.#epoch = state.epoch
    this.#head = state.head
    this.#chain = state.chain
    for (const { author, user, seq } of state.marks) {
      this.#marks.set(author, { user, durable: seq, pending: seq })
    }
    return undefined
  }

  /** S7: the next stored batch. Returns a sentence when it does not follow: a room is never served past a hole. */
  replay(bytes: Uint8Array): string | undefined {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string')
      return `the batch after offset ${this.#head} is damaged: ${batch}`
    if (batch.first !== this.#head + 1) {
      return `after offset ${this.#head} comes ${batch.first}`
    }
    if (!isChained(batch, bytes, this.#chain)) {
      return `the batch after offset ${this.#head} does not fit its chain`
    }
    if ((batch.first === 1) !== (batch.epoch !== undefined)) {
      return 'the epoch stands in the first batch and only there'
    }
    return this.#replayRecords(batch)
  }

  #replayRecords(batch: Batch): string | undefined {
    for (const record of batch.records) {
      const { author, user, seq } = record
      const mark = this.#marks.get(author)
      if (seq !== (mark?.durable ?? 0) + 1) {
        return `offset ${record.offset} holds seq ${seq} of an author whose mark is ${mark?.durable ?? 0}`
      }
      this.#marks.set(author, { user: mark?.user ?? user, durable: seq, pending: seq })
      this.#known.set(keyOf(author, seq), knownOf(record))
    }
    this.#epoch = batch.epoch ?? this.#epoch
    this.#head = batch.last
    this.#chain = batch.chainAfter
    this.#forget()
    return undefined
  }
}

/** A refusal or a fork is told before the ack that goes past it: a client settles what is acked. */
const ackedOnceAndLast = (effects: readonly SequencerEffect[]): readonly SequencerEffect[] => {
  if (effects.length < 2) return effects
  const acks = effects.filter(({ type }) => type === 'acked')
  const others = effects.filter(({ type }) => type !== 'acked')
  return [...others, ...acks.slice(-1)]
}

const knownOf = (record: LogRecord): Known => {
  const refused = record.entry.kind === 'void' ? decodeVoid(record.entry.body) : undefined
  return { hash: recordHash(record), code: refused?.code }
}
