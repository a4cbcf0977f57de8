import { encodeFrame } from '../protocol/index.ts'
import type {
  AppendedEntry,
  DownFrame,
  LogRecord,
  SequencerEffect,
  SequencerInput,
} from '../protocol/index.ts'
import type { CommitFailure, CommitGroup, Committer } from './commit-group.ts'
import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'
import { passOf } from './passes.ts'
import { userOf } from './producer.ts'
import type { Producer } from './producer.ts'
import { Restorers } from './restorers.ts'
import type { RoomLog } from './room-log.ts'
import { RoomVouch } from './room-vouch.ts'
import type { Seat } from './seat.ts'
import type { Append } from './stores/store.ts'
import { WriteWindow } from './write-window.ts'

/** What an update waits for is often under way already: from a tab or a page beside this one. */
const NOT_YET_MS = 200

export type { Producer } from './producer.ts'

export type WriterParts = { readonly commits: CommitGroup; readonly term: number }

/** The room as its writer needs it. */
export type WrittenRoom = {
  readonly number: number
  readonly seats: Iterable<Seat>
  fallBack(code: CommitFailure): void
  crashed(error: unknown): void
  /** Nothing is under way to the disk. */
  settled(): void
}

type Effect<Type extends SequencerEffect['type']> = Extract<SequencerEffect, { type: Type }>

/** Drives one room's sequencer: what arrived goes in, what it says goes to the store and to the connections. */
export class RoomWriter implements Committer {
  readonly log: RoomLog
  readonly vouch: RoomVouch
  readonly #context: RelayContext
  readonly #parts: WriterParts
  readonly #room: WrittenRoom
  readonly #window: WriteWindow
  readonly #restorers: Restorers
  readonly #producers = new Map<number, Producer>()
  #nextWriter = 1
  /** The batch that the sequencer just cut. */
  #next: Append | undefined
  #isCommitting = false

  constructor(context: RelayContext, parts: WriterParts, room: WrittenRoom, log: RoomLog) {
    this.#context = context
    this.#parts = parts
    this.#room = room
    this.log = log
    this.vouch = new RoomVouch(log)
    this.#window = new WriteWindow(context.limits, context.figures)
    this.#restorers = new Restorers(context, room)
  }

  get hasUnsettled(): boolean {
    return this.log.sequencer.hasUnsettled
  }

  /** S4, S10: false if the author is another user's. */
  open(producer: Producer): boolean {
    const { author, seat, handle, carried } = producer
    const user = userOf(producer)
    const through = this.log.sequencer.durableMark(author, user)
    if (through === undefined) return false
    producer.writer = this.#nextWriter++
    this.#producers.set(producer.writer, producer)
    seat.writers.add(producer.writer)
    this.log.authors.opened(author, user)
    const { batchSecret } = this.#context
    const { room, head } = this.log
    const isPassed = carried === undefined && batchSecret !== undefined
    const code = isPassed ? passOf(batchSecret, { room, author, user }) : undefined
    const pass = code && { user, code }
    seat.link.send({ type: 'opened', producer: handle, through, head, pass })
    return true
  }

  /** False if the author turned out to be another user's. */
  append(producer: Producer, firstSeq: number, entries: readonly AppendedEntry[]): boolean {
    const { writer, author, seat } = producer
    const { sequencer } = this.log
    if (writer === undefined) return true
    // Two users may have opened an author that nobody had written with: the first record decides (S10).
    const user = userOf(producer)
    if (sequencer.durableMark(author, user) === undefined) return false
    const { clock } = this.#context
    const before = sequencer.pendingMark(author)
    const atMs = clock.wallMs()
    // One literal: an object that is spread has no shape that the engine knows, here nor in all that reads it.
    const effects = this.#handle({
      type: 'append',
      from: writer,
      author,
      user,
      firstSeq,
      entries,
      atMs,
    })
    const taken = sequencer.pendingMark(author) - before
    const from = before + 1 - firstSeq
    if (taken > 0) this.log.authors.waits(author, false)
    this.#window.took(seat, entries.slice(from, from + taken), clock.now())
    this.#run(effects)
    this.#request()
    return true
  }

  /** C12: records that this relay wrote in a log that is gone. */
  restore(seat: Seat, records: readonly LogRecord[]): void {
    const { sequencer, head: durable } = this.log
    const atMs = this.#context.clock.wallMs()
    for (const effect of this.#handle({ type: 'restore', records, atMs })) {
      if (effect.type !== 'restoring') continue
      const { taken, left } = effect
      this.#restorers.gave({ seat, taken, left, head: sequencer.pendingHead }, durable)
    }
    this.#request()
  }

  tellRestored(seat: Seat): void {
    this.#restorers.tell(seat)
  }

  /** C6: the highest seq that the client sent. What never came is a gap, what is durable is acked once more. */
  checkSent(producer: Producer, seq: number): void {
    const { handle, writer, author, seat } = producer
    if (writer === undefined) return
    const { sequencer, head } = this.log
    const pending = sequencer.pendingMark(author)
    const durable = sequencer.durableMark(author, userOf(producer)) ?? 0
    if (seq > pending) {
      this.#context.figures.gaps++
      seat.link.send({ type: 'gap', producer: handle, through: pending })
    } else if (seq > 0 && seq <= durable) {
      seat.link.send({ type: 'acked', producer: handle, through: seq, head })
      this.#receipt(producer, seq)
    }
  }

  forget(seat: Seat): void {
    for (const writer of seat.writers) {
      const producer = this.#producers.get(writer)
      if (producer === undefined) continue
      this.#producers.delete(writer)
      this.log.authors.closed(producer.author)
    }
  }

  nextAppend(): Append | undefined {
    this.#during(() => this.#run(this.#handle({ type: 'flush' })))
    const next = this.#next
    this.#next = undefined
    this.#isCommitting = next !== undefined
    return next
  }

  committed(): void {
    this.#isCommitting = false
    this.#during(() => this.#run(this.#handle({ type: 'committed' })))
    if (this.hasUnsettled) this.#request()
    else this.#room.settled()
  }

  /** While a commit is under way what comes waits for its end. */
  #request(): void {
    if (this.hasUnsettled && !this.#isCommitting) this.#parts.commits.request(this)
  }

  failed(why: CommitFailure): void {
    this.#isCommitting = false
    this.#next = undefined
    this.#handle({ type: 'failed' })
    this.#room.fallBack(why)
  }

  #handle(input: SequencerInput): readonly SequencerEffect[] {
    return this.#during(() => this.log.sequencer.handle(input, this.#context.clock.now()))
  }

  /** J10, J15 */
  #during<Result>(work: () => Result): Result {
    return this.#context.during(this.log.room, work)
  }

  crashed(error: unknown): void {
    this.#isCommitting = false
    this.#next = undefined
    this.#room.crashed(error)
  }

  /** Acks come last: a client settles a refused entry by its refusal. Those that follow one another are one. */
  #run(effects: readonly SequencerEffect[]): void {
    const acks = new Map<number, number>()
    for (const effect of effects) {
      if (effect.type === 'acked') {
        acks.set(effect.from, Math.max(acks.get(effect.from) ?? 0, effect.through))
      } else this.#do(effect)
    }
    const wasPublished = effects.some(({ type }) => type === 'publish')
    for (const [writer, through] of acks) this.#ack(writer, through, wasPublished)
  }

  #do(effect: Exclude<SequencerEffect, Effect<'acked'>>): void {
    switch (effect.type) {
      case 'commit':
        return this.#commit(effect)
      case 'publish':
        return this.#publish(effect)
      case 'gap':
        return this.#gap(effect)
      case 'forked':
        return this.#forked(effect)
      case 'rejected':
        return this.#rejected(effect)
      case 'notYet':
        return this.#notYet(effect)
      case 'corrupt':
        return this.#corrupt(effect)
      case 'restoring':
      case 'fallen':
        return
    }
  }

  #commit({ expectHead, head, bytes }: Effect<'commit'>): void {
    this.#next = { room: this.log.room, expectHead, head, bytes, term: this.#parts.term }
  }

  /** S3: the batch is durable. One buffer goes to everybody who is live, its writers included. */
  #publish({ bytes, first, head }: Effect<'publish'>): void {
    const { figures, clock } = this.#context
    this.log.extend(first, bytes)
    this.#window.settled(head - first + 1, clock.now())
    const frame = encodeFrame({ type: 'records', room: this.#room.number, batches: [bytes] })
    for (const seat of this.#room.seats) {
      if (seat.phase !== 'live') continue
      if (!seat.link.isOverHighWater) {
        seat.link.sendEncoded('records', frame)
        continue
      }
      // W16: from here on it pulls, at its own pace.
      seat.phase = 'catching-up'
      seat.joinedLiveAt = undefined
      figures.laggingTransitions++
      seat.link.tellHeadsWhenDrained()
    }
    this.#restorers.durable(head)
  }

  /** A live writer has its record back, and that is its ack. */
  #ack(writer: number, through: number, wasPublished: boolean): void {
    const producer = this.#producers.get(writer)
    if (producer === undefined) return
    const { seat, handle } = producer
    this.#receipt(producer, through)
    if (!wasPublished) this.#context.figures.duplicatesAcked++
    else if (seat.phase === 'live') return
    seat.link.send({ type: 'acked', producer: handle, through, head: this.log.head })
  }

  /** K7: the same for the author, which is not here: once a commit, and signed only where somebody carries. */
  #receipt({ carried, author, seat, handle }: Producer, through: number): void {
    const { receipts, figures } = this.#context
    if (carried === undefined || receipts === undefined) return
    const { sequencer, room, head } = this.log
    const run = sequencer.known.runTo(author, through)
    if (run === undefined) return
    figures.receipts++
    const { epoch } = sequencer
    const { signature } = receipts.make({ room, epoch, author, through, head, ...run })
    seat.link.send({ type: 'receipt', producer: handle, epoch, through, head, ...run, signature })
  }

  #gap({ from, through }: Effect<'gap'>): void {
    this.#context.figures.gaps++
    this.#tell(from, (producer) => ({ type: 'gap', producer, through }))
  }

  #forked({ from, seq }: Effect<'forked'>): void {
    this.#context.figures.forks++
    this.#tell(from, (producer) => ({ type: 'forked', producer, seq }))
  }

  #rejected({ from, seq, code }: Effect<'rejected'>): void {
    this.#context.figures.rejections++
    this.#tell(from, (producer) => ({ type: 'rejected', producer, seq, code }))
  }

  /** S13 */
  #notYet({ from, seq }: Effect<'notYet'>): void {
    this.#context.figures.notYets++
    const author = this.#producers.get(from)?.author
    if (author !== undefined) this.log.authors.waits(author, true)
    const retryAfterMs = jitteredMs(this.#context, NOT_YET_MS)
    this.#tell(from, (producer) => ({ type: 'notYet', producer, seq, retryAfterMs }))
  }

  #corrupt({ from, seq }: Effect<'corrupt'>): void {
    this.#context.figures.corruptEntries++
    const link = this.#producers.get(from)?.seat.link
    link?.end('corrupt-entry', `append: the bytes of seq ${seq} are not what their hash says`)
  }

  #tell(writer: number, frame: (producer: number) => DownFrame): void {
    const producer = this.#producers.get(writer)
    if (producer !== undefined) producer.seat.link.send(frame(producer.handle))
  }
}
