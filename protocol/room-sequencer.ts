import { AuthorMark } from './author-mark.ts'
import type { Taken } from './author-mark.ts'
import type { AppendedEntry, Batch, RejectCode } from './batch.ts'
import {
  MAX_ORIGIN_BYTES,
  decodeBatch,
  decodeEntry,
  decodeVoid,
  encodeBatch,
  encodeTurn,
  encodeVoid,
  isChained,
  isUpdate,
  recordHash,
} from './batch-codec.ts'
import { decodeEvent } from './event-body.ts'
import { emptyChain, hashEntry } from './hash.ts'
import type { Author, Chain, EntryHash, Epoch, Millis } from './ids.ts'
import { KnownKeys } from './known-keys.ts'
import { assert } from './machine.ts'
import type { Machine } from './machine.ts'
import { decodeMarks, encodeMarks } from './sequencer-checkpoint.ts'
import type {
  SequencerEffect,
  SequencerInput,
  SequencerOptions,
  Writer,
} from './sequencer-types.ts'
import type { Offerer, UpdateGate } from './update-gate.ts'

/*
 *            append ──► queue ──flush──► in flight ──committed──► durable: published, acked
 *                          ▲                 │
 *                          │               failed
 *                          │                 ▼
 *                          └────────────  fallen: nothing more is taken; the driver loads the room anew
 */

type Flight = {
  readonly records: readonly Taken[]
  readonly encoded: Uint8Array
  readonly head: number
  readonly chain: Chain
}
type Input<Type extends SequencerInput['type']> = Extract<SequencerInput, { type: Type }>
type Verdict = ReturnType<UpdateGate['judge']>

/** The single place that turns arrival into order, for one room. Rules S1–S10 of SPEC.md. */
export class RoomSequencer implements Machine<SequencerInput, SequencerEffect> {
  readonly #options: SequencerOptions
  readonly #marks = new Map<Author, AuthorMark>()
  readonly known: KnownKeys = new KnownKeys()
  #epoch: Epoch
  #head = 0
  #chain: Chain
  #queue: Taken[] = []
  #latestMs = 0
  #flight: Flight | undefined
  #isFallen = false
  /** The next batch is the first of a new epoch. */
  #isTurning = false

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

  /** What {@link head} will be when all that was taken is durable. */
  get pendingHead(): number {
    return this.#head + this.#takenCount
  }

  /** What was taken and is not durable: in flight, and queued. */
  get #takenCount(): number {
    return (this.#flight?.records.length ?? 0) + this.#queue.length
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
      case 'restore':
        return this.#restore(input)
      case 'turn':
        return this.#turn(input)
      case 'flush':
        return this.#commitNext()
      case 'committed':
        return this.#committed()
      case 'failed':
        this.#isFallen = true
        return [{ type: 'fallen' }]
    }
  }

  #append(input: Input<'append'>): readonly SequencerEffect[] {
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
    input: Input<'append'>,
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
    const verdict = this.#judge(entry.bytes, { author, user })
    if (verdict === 'notYet') {
      effects.push({ type: 'notYet', from, seq })
      return false
    }
    this.#enqueue(input, seq, entry, verdict, [from])
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
    const known = this.known.of(author, seq)
    if (known !== undefined && known.hash !== hash) {
      effects.push({ type: 'forked', from, seq })
      return false
    }
    const taken = this.#marks.get(author)?.taken(seq)
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
    {
      author,
      user,
      atMs,
    }: { readonly author: Author; readonly user: string; readonly atMs: number },
    seq: number,
    entry: AppendedEntry,
    verdict: 'fits' | RejectCode,
    askers: Writer[] = [],
  ): void {
    const code = verdict === 'fits' ? undefined : verdict
    const bytes = code === undefined ? entry.bytes : encodeVoid({ hash: entry.hash, code })
    const seal = code === undefined ? entry.seal : undefined
    const taken: Taken = { author, user, seq, bytes, seal, code, askers }
    this.#queue.push(taken)
    this.#markOf(author, user).took(taken)
    this.known.add(author, seq, { hash: entry.hash, code })
    this.#latestMs = atMs
  }

  #markOf(author: Author, user: string): AuthorMark {
    const known = this.#marks.get(author)
    if (known !== undefined) return known
    const mark = new AuthorMark(user, 0)
    this.#marks.set(author, mark)
    return mark
  }

  /** C12: what the log has already is left out, and so is what stands behind something that nobody has given back yet. */
  #restore({ records, atMs }: Input<'restore'>): readonly SequencerEffect[] {
    let [taken, left] = [0, 0]
    for (const record of records) {
      const { author, user, seq, entry, bytes, seal } = record
      const mark = this.#marks.get(author)
      if (entry.kind === 'turn' || seq <= (mark?.pending ?? 0)) continue
      left++
      if (seq !== (mark?.pending ?? 0) + 1 || (mark?.user ?? user) !== user) continue
      const isVoid = entry.kind === 'void'
      const verdict = isVoid ? decodeVoid(entry.body)?.code : this.#judge(bytes, { author, user })
      if (verdict === undefined || verdict === 'notYet') continue
      this.#enqueue({ author, user, atMs }, seq, { hash: recordHash(record), bytes, seal }, verdict)
      taken++
      left--
    }
    return [{ type: 'restoring', taken, left }]
  }

  #turn({ epoch, author, atMs }: Input<'turn'>): readonly SequencerEffect[] {
    assert(!this.hasUnsettled && this.#head > 0, 'an epoch ends before anything is taken')
    const bytes = encodeTurn()
    this.#epoch = epoch
    this.#isTurning = true
    this.#enqueue(
      { author, user: '', atMs },
      1,
      { hash: hashEntry(bytes), bytes, seal: undefined },
      'fits',
    )
    return this.#commitNext()
  }

  /** S9, S13: what is refused for good leaves a void record, and what does not fit yet leaves nothing. */
  #judge(bytes: Uint8Array, from: Offerer): Verdict {
    const entry = decodeEntry(bytes)
    // What fitted under its first key fits under a new one, although it carries the first with it (E6).
    const hasOrigin = typeof entry !== 'string' && entry.origin !== undefined
    const carriedBytes = hasOrigin ? MAX_ORIGIN_BYTES : 0
    if (bytes.length > this.#options.maxEntryBytes + carriedBytes) return 'too-large'
    if (typeof entry === 'string') return entry
    if (entry.kind === 'event') {
      return decodeEvent(entry.body) === undefined ? 'malformed-entry' : 'fits'
    }
    if (entry.kind !== 'update') return 'unknown-kind'
    return this.#options.gate?.judge(entry.body, from) ?? 'fits'
  }

  #commitNext(): readonly SequencerEffect[] {
    if (this.#flight !== undefined || this.#queue.length === 0) return []
    const records = this.#cut()
    const first = this.#head + 1
    const epoch = first === 1 || this.#isTurning ? this.#epoch : undefined
    this.#isTurning = false
    const parts = { first, atMs: this.#latestMs, epoch, records }
    const { codeOf } = this.#options
    const code = codeOf && ((last: number, chain: Chain) => codeOf(this.#epoch, last, chain))
    const { bytes, chainAfter } = encodeBatch(parts, this.#chain, code)
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
    for (const { author, seq, bytes, code, askers } of flight.records) {
      if (code === undefined && isUpdate(bytes)) this.#options.gate?.settled()
      this.#marks.get(author)!.settled(seq)
      for (const from of askers) {
        if (code !== undefined) effects.push({ type: 'rejected', from, seq, code })
        acks.set(from, seq)
      }
    }
    this.known.forget(this.#takenCount)
    for (const [from, through] of acks) effects.push({ type: 'acked', from, through })
    return effects
  }

  /** S7: the state from which, with the batches behind it, this sequencer can be made again. */
  checkpoint(): Uint8Array {
    const marks = [...this.#marks].filter(([, mark]) => mark.durable > 0)
    return encodeMarks({
      epoch: this.#epoch,
      head: this.#head,
      chain: this.#chain,
      gate: this.#options.gate?.checkpoint() ?? new Uint8Array(),
      marks: marks.map(([author, { user, durable }]) => ({ author, user, seq: durable })),
    })
  }

  /** S7: begins from a checkpoint instead of the empty log. Returns a sentence when the bytes are no checkpoint. */
  restore(bytes: Uint8Array): string | undefined {
    assert(this.#head === 0, 'a sequencer is restored before anything else')
    const state = decodeMarks(bytes)
    if (typeof state === 'string') return state
    const complaint = this.#options.gate?.restore(state.gate)
    if (complaint !== undefined) return complaint
    this.#epoch = state.epoch
    this.#head = state.head
    this.#chain = state.chain
    for (const { author, user, seq } of state.marks) {
      this.#marks.set(author, new AuthorMark(user, seq))
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
    const isBegin = batch.first === 1 || batch.records[0]?.entry.kind === 'turn'
    if (isBegin !== (batch.epoch !== undefined)) {
      return 'an epoch stands where a log or a turn begins, and only there'
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
      this.#markOf(author, user).replayed(seq)
      this.known.addRecord(record)
      const { kind, body } = record.entry
      if (kind === 'update') this.#options.gate?.replay(body, author)
    }
    this.#epoch = batch.epoch ?? this.#epoch
    this.#head = batch.last
    this.#chain = batch.chainAfter
    this.known.forget(this.#takenCount)
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
