import { Confirmation } from './confirmation.ts'
import type { DenyCode, DownFrame, PartCode, UpFrame } from './frame.ts'
import { GiveBack } from './give-back.ts'
import { HelpedCatchUp } from './helped-catch-up.ts'
import type { Millis, RoomName } from './ids.ts'
import { LogReader, UNREAD } from './log-reader.ts'
import { Outbox } from './outbox.ts'
import type { OutboxInput, OutboxOptions } from './outbox-types.ts'
import { ProducerLinks } from './producer-links.ts'
import type { ProducerFrame } from './producer-links.ts'
import { RoomWatch } from './room-watch.ts'
import { ANSWER_MS, MOST_UNANSWERED_PULLS, parted, postponed } from './room-phase.ts'
import { earlier, newCounters, newStep, recordedOf, viewOf } from './room-step.ts'
import type {
  AppliedBatch,
  Cursor,
  RoomCounters,
  RoomInput,
  RoomPhase,
  Restored,
  RoomStep,
  Wire,
} from './room-step.ts'

const PULL_AGAIN_MS = 3000

/** One room of one page: its place in the log, its producers on the wire, its outbox. Rules C of SPEC.md. */
export class RoomLink {
  readonly name: RoomName
  readonly outbox: Outbox
  readonly #wire: Wire
  readonly #producers: ProducerLinks
  readonly #watch: RoomWatch
  readonly #counters = newCounters()
  /** What the input that is being handled wants so far, and the time it came. */
  #step: RoomStep = newStep()
  #now: Millis = 0
  #phase: RoomPhase = { type: 'apart', retryAt: undefined }
  readonly #reader: LogReader
  readonly #giving = new GiveBack()
  readonly #help = new HelpedCatchUp({
    pull: () => this.#pull(),
    read: (batches) => this.#records(batches),
    effect: (effect) => this.#step.effects.push(effect),
  })
  readonly #confirmation = new Confirmation()
  #head: number
  #mayWrite = true
  #trouble: PartCode | undefined
  #unansweredPulls = 0

  constructor(name: RoomName, cursor: Cursor | undefined, options: OutboxOptions, wire: Wire) {
    this.name = name
    this.outbox = new Outbox(options)
    this.#watch = new RoomWatch(this.outbox, wire.isQuiet)
    this.#reader = new LogReader(name, cursor)
    this.#head = this.cursor.offset
    this.#wire = wire
    this.#producers = new ProducerLinks({
      room: name,
      outbox: this.outbox,
      nextNumber: wire.nextNumber,
      window: wire.window,
      tell: (input) => this.#tellOutbox(input),
      send: (frame) => this.#step.frames.push(frame),
      effect: (effect) => this.#step.effects.push(effect),
      counters: this.#counters,
    })
  }

  get phase(): RoomPhase {
    return this.#phase
  }

  get cursor(): Cursor {
    return this.#reader.cursor
  }

  /** The newest offset that the relay has told of. */
  get head(): number {
    return Math.max(this.#head, this.cursor.offset)
  }

  /** C12: what pages have given back to this log, as far as the relay has told. */
  get restored(): Restored | undefined {
    return this.#giving.restored
  }

  /** Why the relay does not take what is unsettled, until it does. */
  get trouble(): PartCode | DenyCode | undefined {
    return this.#trouble ?? (this.#mayWrite ? this.#producers.denied : 'read-only')
  }

  /** They go on counting: whoever keeps them takes a copy. */
  get counters(): Readonly<RoomCounters> {
    return this.#counters
  }

  /** On how many joins unacked entries were sent again. */
  get replays(): number {
    return this.#producers.replays
  }

  deadline(): Millis | undefined {
    return earlier(this.outbox.deadline(), this.#ownDeadline())
  }

  #ownDeadline(): Millis | undefined {
    const phase = this.#phase
    if (phase.type === 'refused') return undefined
    if (phase.type === 'apart') return phase.retryAt
    if (phase.type === 'joining')
      return this.#wire.isWelcomed() ? phase.since + ANSWER_MS : undefined
    const pullAt = phase.pullSince === undefined ? undefined : phase.pullSince + PULL_AGAIN_MS
    const watchAt = phase.type === 'live' ? this.#watch.deadline() : undefined
    const ownAt = earlier(this.#help.deadline, this.#confirmation.deadline())
    const answerAt = earlier(this.#producers.deadline(), this.#giving.deadline())
    return earlier(earlier(answerAt, ownAt), earlier(pullAt, watchAt))
  }

  /** Whether a welcomed connection should {@link join} this room now. */
  wantsToJoin(now: Millis): boolean {
    const phase = this.#phase
    return phase.type === 'apart' && (phase.retryAt === undefined || now >= phase.retryAt)
  }

  /** Join, ask for what was missed, and send what waits, all at once. */
  join(now: Millis): RoomStep {
    return this.#run(now, () => this.#join())
  }

  disconnected(): void {
    if (this.#phase.type !== 'refused') this.#phase = { type: 'apart', retryAt: undefined }
    this.#producers.clear()
    this.#giving.end()
    this.#help.end()
  }

  leave(): readonly UpFrame[] {
    const phase = this.#phase
    this.disconnected()
    this.#phase = { type: 'apart', retryAt: undefined }
    return 'ref' in phase ? [{ type: 'leave', ref: phase.ref }] : []
  }

  /** C6: what a beat says of this room's producers. */
  sentMarks(): { producer: number; seq: number }[] {
    return this.#producers.sentMarks()
  }

  /** The relay's number for this room, if a pulse may speak of it. */
  get number(): number | undefined {
    return 'room' in this.#phase ? this.#phase.room : undefined
  }

  owns(frame: DownFrame): boolean {
    if ('ref' in frame) return 'ref' in this.#phase && this.#phase.ref === frame.ref
    if ('producer' in frame) return this.#producers.owns(frame.producer)
    return 'room' in frame && this.number === frame.room
  }

  input(input: RoomInput, now: Millis): RoomStep {
    return this.#run(now, () => {
      switch (input.type) {
        case 'lockGranted':
          return this.#producers.lockGranted(input.author)
        case 'signal':
          return this.#sendIfIn((ref) => ({ type: 'signal', ref, bytes: input.bytes }))
        case 'ask':
          this.#confirmation.hurry()
          return this.#sendIfIn((ref) => ({ type: 'ask', ref }), 'live')
        case 'repair':
          this.#giving.begin(input.run)
          return this.#giveBack()
        case 'receipt':
          return this.#producers.receipt(input.receipt, this.cursor)
        case 'handed':
          return this.#handed(input)
        case 'helped':
        case 'proven':
          return this.#help.take(input)
        case 'elsewhere':
          return this.#producers.leaveElsewhere(input.authors)
        case 'carried':
          this.#counters.adopted += input.rows.length
          this.#producers.carried(input.rows)
          return this.#tellOutbox(input)
        default:
          return this.#tellOutbox(input)
      }
    })
  }

  /** What was sent behind `hello` is answered from now on, and more may be sent. */
  welcomed(now: Millis): RoomStep {
    return this.#run(now, () => {
      this.#phase = postponed(this.#phase, now)
    })
  }

  /** W22: a large frame has the wire, and no answer to what was asked so far can be here. */
  postpone(now: Millis): void {
    this.#phase = postponed(this.#phase, now)
    this.#watch.heard(now)
    this.#producers.postpone(now)
    this.#giving.postpone(now)
  }

  time(now: Millis): RoomStep {
    return this.#run(now, () => {
      this.#tellOutbox({ type: 'time' })
      const phase = this.#phase
      const isAnswerDue = phase.type === 'joining' && this.#wire.isWelcomed()
      if (isAnswerDue && now >= phase.since + ANSWER_MS) this.#step.fault = 'silent'
      if (phase.type !== 'catching-up' && phase.type !== 'live') return
      const isLost = !this.#producers.time(now) || this.#giving.isUnanswered(now)
      if (isLost) this.#step.fault = 'silent'
      const due = phase.type === 'live' ? this.#watch.look(now) : undefined
      if (due === 'ask') this.#step.frames.push({ type: 'ask', ref: phase.ref })
      if (due === 'dead') this.#step.fault = 'silent'
      this.#help.time(now)
      if (phase.pullSince === undefined || now < phase.pullSince + PULL_AGAIN_MS) return
      this.#unansweredPulls++
      if (this.#unansweredPulls >= MOST_UNANSWERED_PULLS) this.#step.fault = 'silent'
      else this.#pull()
    })
  }

  /** A frame that {@link owns} says is this room's. */
  frame(frame: DownFrame, now: Millis): RoomStep {
    return this.#run(now, () => {
      this.#watch.heard(now)
      if ('producer' in frame) this.#producers.frame(frame, this.cursor.offset, this.#now)
      else this.#roomFrame(frame)
    })
  }

  /** C6: a pulse's head for this room. */
  heard(head: number, now: Millis): RoomStep {
    return this.#run(now, () => {
      this.#watch.heard(now)
      this.#head = Math.max(this.#head, head)
      if (this.#phase.type === 'live' && head > this.cursor.offset) this.#missed()
    })
  }

  #run(now: Millis, work: () => void): RoomStep {
    const step = newStep()
    this.#step = step
    this.#now = now
    work()
    if ('room' in this.#phase) step.frames.push(...this.#confirmation.take(this.#phase.ref, now))
    if ('ref' in this.#phase && this.#mayWrite) this.#producers.pump(this.#phase.ref, now)
    return step
  }

  #roomFrame(frame: Exclude<DownFrame, ProducerFrame>): void {
    switch (frame.type) {
      case 'joined':
        return this.#joined(frame)
      case 'reset':
        return this.#reset()
      case 'parted':
        return this.#parted(frame)
      case 'records':
        return this.#records(frame.batches)
      case 'page':
        return this.#page(frame.head)
      case 'repaired':
      case 'restored':
        return this.#giving.take(frame) ? this.#giveBack() : undefined
      case 'vouched':
        return this.#help.vouched(frame, this.#now)
      case 'view':
        return void this.#step.effects.push(viewOf(frame))
      case 'signalled':
      case 'presence':
      case 'seen':
        return void this.#step.effects.push(frame)
      default:
    }
  }

  #sendIfIn(frame: (ref: number) => UpFrame, type: RoomPhase['type'] = this.#phase.type): void {
    const phase = this.#phase
    if (!('room' in phase) || phase.type !== type) return
    this.#step.frames.push(...this.#confirmation.take(phase.ref, this.#now), frame(phase.ref))
  }

  #join(): void {
    this.#producers.clear()
    const ref = this.#wire.nextNumber()
    this.#phase = { type: 'joining', ref, since: this.#now }
    const [{ place }, maxBytes] = [this.#reader, this.#wire.maxPageBytes()]
    this.#step.frames.push({ type: 'join', ref, name: this.name, ...place })
    const pull: UpFrame = { type: 'pull', ref, after: place.after, maxBytes }
    this.#step.frames.push(this.#help.begin(ref, place.after, pull, this.#now))
  }

  #joined({ ref, room, head, epoch, mayWrite }: Extract<DownFrame, { type: 'joined' }>): void {
    this.#mayWrite = mayWrite
    this.#trouble = undefined
    this.#head = head
    if (head > this.cursor.offset) this.#counters.catchUps++
    this.#reader.joined(epoch)
    const pullSince = this.#help.isWaiting ? undefined : this.#now
    this.#phase = { type: 'catching-up', ref, room, pullSince }
    this.#unansweredPulls = 0
    this.#producers.joined(this.#now)
  }

  /** C9: nothing of the old log is believed; the outbox and the page's content are what is left of it. */
  #reset(): void {
    this.#counters.resets++
    this.#reader.beginAnew()
    this.#head = 0
    this.#giving.logBeginsAnew()
    this.#confirmation.logBeginsAnew()
    this.#producers.logBeginsAnew()
    this.#step.effects.push({ type: 'reset' })
    this.#tellOutbox({ type: 'reset' })
    this.#join()
  }

  #parted({ code, retryAfterMs }: Extract<DownFrame, { type: 'parted' }>): void {
    this.#producers.clear()
    this.#giving.end()
    this.#trouble = code
    this.#phase = parted(code, retryAfterMs, this.#now, this.#wire.random)
  }

  #records(all: readonly Uint8Array[]): void {
    this.#unansweredPulls = 0
    const { applied, duplicates, end } = this.#reader.read(all)
    this.#counters.duplicatesDropped += duplicates
    if (end === 'missed') this.#missed()
    else if (end !== 'all') this.#step.fault = end
    if (applied.length > 0) this.#apply(applied)
  }

  /** C12: the next part of what this page kept of a log that is gone, and the end of it told once. */
  #giveBack(): void {
    if (this.#phase.type !== 'live') return
    const frame = this.#giving.next(this.#phase.ref, this.#wire.maxFrameBytes(), this.#now)
    if (frame === 'over') this.#step.effects.push({ type: 'repaired' })
    else if (frame !== undefined) this.#step.frames.push(frame)
  }

  /** P5: while the relay is away batches of another tab count as those of this device's disk do. */
  #handed({ epoch, batches }: Extract<RoomInput, { type: 'handed' }>): void {
    const isApart = this.#phase.type === 'apart'
    const { applied, end } = isApart ? this.#reader.readBeside(epoch, batches) : UNREAD
    if (applied.length > 0) this.#apply(applied)
    this.#step.effects.push({ type: 'handed', end })
  }

  /** C3: records went missing on the way; unless they are being pulled already, they are now. */
  #missed(): void {
    if (!('pullSince' in this.#phase) || this.#phase.pullSince !== undefined) return
    this.#counters.gapsHealed++
    this.#counters.catchUps++
    this.#pull()
  }

  #apply(applied: readonly AppliedBatch[]): void {
    const recorded = recordedOf(this.cursor.epoch!, applied)
    this.#counters.applied += recorded.records.length
    this.#step.effects.push({ type: 'apply', batches: applied })
    this.#tellOutbox(recorded)
    this.#confirmation.applied(this.cursor.offset, this.#now)
    this.#producers.cursorMoved(this.cursor.offset)
  }

  #page(head: number): void {
    if (this.#phase.type !== 'live' && this.#phase.type !== 'catching-up') return
    this.#unansweredPulls = 0
    this.#head = Math.max(this.#head, head)
    if (this.cursor.offset < head) return this.#pull()
    const { ref, room, type } = this.#phase
    this.#phase = { type: 'live', ref, room, pullSince: undefined }
    if (type === 'catching-up') this.#step.effects.push({ type: 'caughtUp' })
  }

  #pull(): void {
    if (this.#phase.type !== 'live' && this.#phase.type !== 'catching-up') return
    this.#phase = { ...this.#phase, pullSince: this.#now }
    const [{ ref }, { offset: after }] = [this.#phase, this.cursor]
    this.#step.frames.push({ type: 'pull', ref, after, maxBytes: this.#wire.maxPageBytes() })
  }

  #tellOutbox(input: OutboxInput): void {
    for (const effect of this.outbox.handle(input, this.#now)) {
      this.#step.effects.push(effect)
      if (effect.type === 'settled') this.#counters.settled++
      if (effect.type === 'rehomed') this.#counters.rehomed += effect.count
      if (effect.type === 'forged') this.#producers.forked(effect.key.author, effect.key.seq)
    }
  }
}
