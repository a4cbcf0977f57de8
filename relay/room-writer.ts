import { encodeFrame } from '../protocol/index.ts'
import type { AppendedEntry, Author, DownFrame, SequencerEffect } from '../protocol/index.ts'
import type { CommitFailure, CommitGroup, Committer } from './commit-group.ts'
import type { RelayContext } from './context.ts'
import type { RoomLog } from './room-log.ts'
import type { Seat } from './seat.ts'
import type { Append } from './stores/store.ts'
import { WriteWindow } from './write-window.ts'

/** A producer opened on a seat: the sequencer's `Writer`. */
export type Producer = {
  readonly handle: number
  readonly seat: Seat
  readonly author: Author
  /** The sequencer's name for it, once it is opened. */
  writer: number | undefined
}

export type WriterParts = { readonly commits: CommitGroup; readonly term: number }

/** The room as its writer needs it. */
export type WrittenRoom = {
  readonly number: number
  readonly seats: Iterable<Seat>
  fallBack(code: CommitFailure): void
}

type Effect<Type extends SequencerEffect['type']> = Extract<SequencerEffect, { type: Type }>

/** Drives one room's sequencer: what arrived goes in, what it says goes to the store and to the connections. */
export class RoomWriter implements Committer {
  readonly log: RoomLog
  readonly #context: RelayContext
  readonly #parts: WriterParts
  readonly #room: WrittenRoom
  readonly #window: WriteWindow
  readonly #producers = new Map<number, Producer>()
  #nextWriter = 1
  /** The batch that waits for the end of the turn: the sequencer takes it for in flight already. */
  #next: Append | undefined

  constructor(context: RelayContext, parts: WriterParts, room: WrittenRoom, log: RoomLog) {
    this.#context = context
    this.#parts = parts
    this.#room = room
    this.log = log
    this.#window = new WriteWindow(context.limits, context.figures)
  }

  get hasUnsettled(): boolean {
    return this.log.sequencer.hasUnsettled
  }

  /** S4, S10: false if the author is another user's. */
  open(producer: Producer): boolean {
    const { author, seat, handle } = producer
    const through = this.log.sequencer.durableMark(author, seat.user)
    if (through === undefined) return false
    producer.writer = this.#nextWriter++
    this.#producers.set(producer.writer, producer)
    seat.writers.add(producer.writer)
    seat.link.send({ type: 'opened', producer: handle, through, head: this.log.head })
    return true
  }

  /** False if the author turned out to be another user's. */
  append(producer: Producer, firstSeq: number, entries: readonly AppendedEntry[]): boolean {
    const { writer, author, seat } = producer
    const { sequencer } = this.log
    if (writer === undefined) return true
    // Two users may have opened an author that nobody had written with: the first record decides (S10).
    if (sequencer.durableMark(author, seat.user) === undefined) return false
    const { clock } = this.#context
    const before = sequencer.pendingMark(author)
    const effects = sequencer.handle(
      {
        type: 'append',
        from: writer,
        author,
        user: seat.user,
        firstSeq,
        entries,
        atMs: clock.wallMs(),
      },
      clock.now(),
    )
    const taken = sequencer.pendingMark(author) - before
    const from = before + 1 - firstSeq
    this.#window.took(seat, entries.slice(from, from + taken), clock.now())
    this.#run(effects)
    if (sequencer.hasUnsettled) this.#parts.commits.request(this)
    return true
  }

  /** C6: the highest seq that the client sent. What never came is a gap, what is durable is acked once more. */
  checkSent({ handle, writer, author, seat }: Producer, seq: number): void {
    if (writer === undefined) return
    const { sequencer, head } = this.log
    const pending = sequencer.pendingMark(author)
    const durable = sequencer.durableMark(author, seat.user) ?? 0
    if (seq > pending) {
      this.#context.figures.gaps++
      seat.link.send({ type: 'gap', producer: handle, through: pending })
    } else if (seq > 0 && seq <= durable) {
      seat.link.send({ type: 'acked', producer: handle, through: seq, head })
    }
  }

  forget(seat: Seat): void {
    for (const writer of seat.writers) this.#producers.delete(writer)
  }

  nextAppend(): Append | undefined {
    const { clock } = this.#context
    this.#run(this.log.sequencer.handle({ type: 'flush' }, clock.now()))
    const next = this.#next
    this.#next = undefined
    return next
  }

  committed(): void {
    this.#run(this.log.sequencer.handle({ type: 'committed' }, this.#context.clock.now()))
  }

  failed(why: CommitFailure): void {
    this.#next = undefined
    this.log.sequencer.handle({ type: 'failed' }, this.#context.clock.now())
    this.#room.fallBack(why)
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
      case 'corrupt':
        return this.#corrupt(effect)
      case 'fallen':
        return
    }
  }

  #commit({ expectHead, head, bytes }: Effect<'commit'>): void {
    this.#next = { room: this.log.room, expectHead, head, bytes, term: this.#parts.term }
    this.#parts.commits.request(this)
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
  }

  /** A live writer has its record back, and that is its ack. */
  #ack(writer: number, through: number, wasPublished: boolean): void {
    const producer = this.#producers.get(writer)
    if (producer === undefined) return
    const { seat, handle } = producer
    if (!wasPublished) this.#context.figures.duplicatesAcked++
    else if (seat.phase === 'live') return
    seat.link.send({ type: 'acked', producer: handle, through, head: this.log.head })
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
