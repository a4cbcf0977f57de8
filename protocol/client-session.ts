import { Backoff } from './backoff.ts'
import { isFinal } from './close-code.ts'
import type { CloseReason } from './close-code.ts'
import { encodeFrame } from './codec.ts'
import { Ends } from './ends.ts'
import type { DownFrame, UpFrame } from './frame.ts'
import { Greeting } from './greeting.ts'
import type { Millis, RoomName } from './ids.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Limits } from './limits.ts'
import type { Machine } from './machine.ts'
import { Passage } from './passage.ts'
import { RoomLink } from './room-link.ts'
import { earlier } from './room-step.ts'
import type { RoomStep, Wire } from './room-step.ts'
import { windowOf } from './sender.ts'
import { stepDeadline } from './session-deadline.ts'
import type {
  LastEnd,
  SessionEffect,
  SessionInput,
  SessionOptions,
  SessionPhase,
} from './session-types.ts'
import { Silence } from './silence.ts'

/*
 *  idle ──open──► asking token ──► connecting ──► greeting ──welcome──► live
 *    ▲                 ▲                │             │                   │
 *    │                 │                └─────────────┴──── closed ───────┤
 *    │              waiting ◄─────── back-off, with jitter ───────────────┤
 *    └── last room closed, or paused          refused ◄── a final code ───┘
 */

/** One page's connection to one relay, with all its rooms. Rules W3, W9, W11, W15, C6–C8 of SPEC.md. */
export class ClientSession implements Machine<SessionInput, SessionEffect> {
  readonly #options: SessionOptions
  readonly #rooms = new Map<RoomName, RoomLink>()
  readonly #backoff: Backoff
  readonly #silence = new Silence()
  readonly #ends = new Ends()
  readonly #greeting: Greeting
  /** W22: of this connection alone. */
  #passage = new Passage()
  #phase: SessionPhase = { type: 'idle' }
  #generation = 0
  #lastNumber = 0
  #token = ''
  #isHidden: boolean
  #isPaused = false
  /** W15: no attempt is made before. */
  #floor: Millis = 0
  /** What the relay said in `bye` on this connection. */
  #bye: LastEnd | undefined
  #lastEnd: LastEnd | undefined
  #rttMs: number | undefined
  #reconnects = 0
  #effects: SessionEffect[] = []
  #now: Millis = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#greeting = new Greeting(options)
    this.#isHidden = options.isHidden
    this.#backoff = new Backoff(options.random, options.maxWaitMs)
  }

  get phase(): SessionPhase {
    return this.#phase
  }

  get lastEnd(): LastEnd | undefined {
    return this.#lastEnd
  }

  /** How often connections ended, or could not be made, by cause. */
  get ends(): ReadonlyMap<string, number> {
    return this.#ends.counts
  }

  /** Why the last of them ended, in the same words. */
  get lastCause(): string | undefined {
    return this.#ends.last
  }

  /** The relay's last measured round trip, in ms. */
  get rttMs(): number | undefined {
    return this.#rttMs
  }

  /** How often the connection was lost and made again. */
  get reconnects(): number {
    return this.#reconnects
  }

  room(name: RoomName): RoomLink | undefined {
    return this.#rooms.get(name)
  }

  deadline(): Millis | undefined {
    const { type } = this.#phase
    let at = type === 'live' ? this.#silence.deadline() : stepDeadline(this.#phase)
    for (const room of this.#rooms.values()) at = earlier(at, room.deadline())
    return at
  }

  handle(input: SessionInput, now: Millis): readonly SessionEffect[] {
    this.#effects = []
    this.#now = now
    this.#take(input)
    return this.#effects
  }

  #take(input: SessionInput): void {
    if ('generation' in input && input.generation !== this.#generation) return
    switch (input.type) {
      case 'open':
        return this.#open(input)
      case 'close':
        return this.#close(input.room)
      case 'room': {
        const room = this.#rooms.get(input.room)
        if (room !== undefined) this.#step(room, room.input(input.input, this.#now))
        return
      }
      case 'token':
        return this.#connect(input.token)
      case 'tokenFailed':
        if (this.#phase.type !== 'asking-token') return
        return this.#ended({ code: 0, reason: input.reason, isOfToken: true })
      case 'opened':
        return this.#greet()
      case 'message':
        return this.#message(input.bytes)
      case 'text':
        return this.#fail('text-frame')
      case 'closed':
        return this.#ended(input)
      case 'wake':
        return this.#wake()
      case 'visibility':
        this.#isHidden = input.isHidden
        return this.#ask()
      case 'pause':
        return this.#pause()
      case 'resume':
        return this.#resume()
      case 'time':
        return this.#time()
    }
  }

  #open({ room: name, cursor, outbox }: Extract<SessionInput, { type: 'open' }>): void {
    const room = new RoomLink(name, cursor, outbox, this.#wire)
    this.#rooms.set(name, room)
    if (this.#phase.type === 'idle' || this.#phase.type === 'refused') this.#begin()
    if (this.#phase.type === 'live' || this.#phase.type === 'greeting') this.#join(room)
  }

  #close(name: RoomName): void {
    const room = this.#rooms.get(name)
    if (room === undefined) return
    for (const frame of room.leave()) this.#send(frame)
    this.#rooms.delete(name)
    if (this.#rooms.size === 0) this.#leave()
  }

  #leave(): void {
    const isOpen = this.#phase.type === 'greeting' || this.#phase.type === 'live'
    if (isOpen) this.#ends.note({ code: 0, reason: 'normal' }, true)
    this.#drop('normal')
    this.#phase = { type: 'idle' }
  }

  /** W21 */
  #pause(): void {
    this.#isPaused = true
    for (const room of this.#rooms.values()) {
      for (const frame of room.leave()) this.#send(frame)
    }
    this.#leave()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#rooms.size > 0) this.#begin()
  }

  readonly #wire: Wire = {
    nextNumber: () => ++this.#lastNumber,
    window: () => windowOf(this.#told, this.#rooms.size),
    maxPageBytes: () => (this.#told ?? DEFAULT_LIMITS).maxPageBytes,
    maxFrameBytes: () => (this.#told ?? DEFAULT_LIMITS).maxFrameBytes,
    isWelcomed: () => this.#phase.type === 'live',
    isQuiet: () => this.#silence.isQuiet(this.#now),
    random: () => this.#options.random(),
  }

  get #told(): Limits | undefined {
    return this.#phase.type === 'live' ? this.#phase.limits : undefined
  }

  #begin(): void {
    if (this.#isPaused) return
    if (this.#now >= this.#floor) return this.#attempt()
    this.#phase = { type: 'waiting', until: this.#floor, floor: this.#floor }
  }

  #attempt(): void {
    this.#generation++
    const generation = this.#generation
    this.#bye = undefined
    this.#phase = { type: 'asking-token', generation, since: this.#now }
    this.#effects.push({ type: 'askToken', generation })
  }

  #connect(token: string): void {
    if (this.#phase.type !== 'asking-token') return
    const { generation } = this.#phase
    this.#token = token
    this.#phase = { type: 'connecting', generation, since: this.#now }
    this.#effects.push({ type: 'connect', generation })
  }

  /** One round trip to be back: everything goes behind `hello` at once. */
  #greet(): void {
    if (this.#phase.type !== 'connecting') return
    this.#phase = { type: 'greeting', generation: this.#phase.generation, since: this.#now }
    this.#passage = new Passage(this.#options.pieceBytes)
    this.#send(this.#greeting.hello(this.#token, this.#isHidden))
    for (const room of this.#rooms.values()) this.#join(room)
  }

  #join(room: RoomLink): void {
    if (room.wantsToJoin(this.#now)) this.#step(room, room.join(this.#now))
  }

  #step(room: RoomLink, step: RoomStep): void {
    // Effects first: what a frame says was done (C5) is done before it is said.
    for (const effect of step.effects) this.#effects.push({ type: 'room', room: room.name, effect })
    for (const frame of step.frames) this.#send(frame)
    if (step.fault !== undefined) this.#fail(step.fault)
  }

  #send(frame: UpFrame): void {
    const phase = this.#phase
    if (phase.type !== 'greeting' && phase.type !== 'live') return
    const { generation } = phase
    const messages = this.#passage.messages(encodeFrame(frame), this.#now)
    for (const bytes of messages) this.#effects.push({ type: 'send', generation, bytes })
    if (messages.length > 1 && frame.type !== 'beat') this.#beat(0)
  }

  #message(bytes: Uint8Array): void {
    this.#silence.heard(this.#now)
    const frame = this.#passage.take(bytes)
    switch (frame.type) {
      case 'failure':
        return this.#fail(frame.code === 'too-large' ? 'malformed-frame' : frame.code)
      case 'more':
        if (this.#phase.type === 'greeting') return this.#fail('out-of-order')
        if (this.#passage.isSignDue(this.#now)) this.#beat(0)
        return
      case 'welcome':
        return this.#welcomed(frame)
      case 'pulse':
        return this.#pulse(frame)
      case 'bye':
        this.#floor = this.#now + frame.retryAfterMs
        this.#bye = { code: frame.code, reason: frame.reason }
        this.#lastEnd = this.#bye
        return
      default:
        // The relay's first frame is `welcome`; without it nothing else can be understood.
        if (this.#phase.type === 'greeting') return this.#fail('out-of-order')
        for (const room of this.#rooms.values()) {
          if (room.owns(frame)) return this.#roomFrame(room, frame)
        }
    }
  }

  /** W22: no room takes for lost what stands behind a large frame. */
  #postpone(): void {
    for (const room of this.#rooms.values()) room.postpone(this.#now)
  }

  #roomFrame(room: RoomLink, frame: DownFrame): void {
    this.#step(room, room.frame(frame, this.#now))
    const phase = this.#phase
    if (phase.type !== 'live' || phase.syncedSince !== undefined) return
    const phases = Array.from(this.#rooms.values(), (each) => each.phase.type)
    const isSettled = phases.every((type) => type === 'live' || type === 'refused')
    if (isSettled && phases.includes('live')) this.#phase = { ...phase, syncedSince: this.#now }
  }

  #welcomed({ limits, session, receiptKey: key }: Extract<DownFrame, { type: 'welcome' }>): void {
    if (this.#phase.type !== 'greeting') return
    const { generation } = this.#phase
    this.#greeting.welcomed(key)
    const { receiptKey } = this.#greeting
    this.#phase = { type: 'live', generation, limits, session, receiptKey, syncedSince: undefined }
    this.#lastEnd = undefined
    this.#silence.begin(limits.silenceMs, this.#now)
    this.#passage.welcomed(limits)
    for (const room of this.#rooms.values()) this.#step(room, room.welcomed(this.#now))
  }

  /** W11, C6: answered here and now, with what a lost last frame would otherwise hide. */
  #pulse({ n, rttMs, heads }: Extract<DownFrame, { type: 'pulse' }>): void {
    if (this.#phase.type !== 'live') return
    this.#rttMs = rttMs ?? this.#rttMs
    if (n > 0) this.#beat(n)
    else if (this.#passage.answered(this.#now)) this.#postpone()
    for (const room of this.#rooms.values()) {
      const heard = heads.find((each) => each.room === room.number)
      if (heard !== undefined) this.#step(room, room.heard(heard.head, this.#now))
    }
  }

  #beat(n: number): void {
    if (n === 0) this.#passage.asked()
    const sent = [...this.#rooms.values()].flatMap((room) => room.sentMarks())
    this.#send({ type: 'beat', n, isHidden: this.#isHidden, sent })
  }

  /** The relay answers a beat of number 0 with a pulse: whether it still does is soon known. */
  #ask(): void {
    if (this.#phase.type !== 'live') return
    this.#beat(0)
    if (!this.#passage.isUnderway(this.#now)) this.#silence.asked(this.#now)
  }

  #wake(): void {
    const phase = this.#phase
    if (phase.type === 'waiting')
      this.#phase = { ...phase, until: Math.max(phase.floor, this.#now) }
    this.#ask()
    this.#time()
  }

  #time(): void {
    const phase = this.#phase
    const now = this.#now
    if (now >= (stepDeadline(phase) ?? Infinity)) {
      if (phase.type === 'waiting') return this.#attempt()
      if (phase.type !== 'asking-token') return this.#fail('silent')
      return this.#ended({ code: 0, reason: 'it did not come in time', isOfToken: true })
    }
    if (phase.type === 'live' && this.#silence.isDead(now)) return this.#fail('silent')
    if (this.#passage.isUnderway(now)) this.#postpone()
    for (const room of [...this.#rooms.values()]) {
      this.#step(room, room.time(now))
      if (this.#phase.type === 'live') this.#join(room)
    }
  }

  /** We end the connection, with a code to come back from. */
  #fail(reason: CloseReason): void {
    this.#drop(reason)
    this.#ended({ code: 0, reason })
  }

  #drop(reason: CloseReason): void {
    const phase = this.#phase
    const isOpen = phase.type === 'connecting' || phase.type === 'greeting' || phase.type === 'live'
    if (isOpen) this.#effects.push({ type: 'disconnect', generation: phase.generation, reason })
    // C8: whatever this connection still says belongs to a generation that is over.
    this.#generation++
  }

  #ended(end: LastEnd): void {
    const phase = this.#phase
    if (phase.type === 'idle' || phase.type === 'waiting' || phase.type === 'refused') return
    const syncedSince = phase.type === 'live' ? phase.syncedSince : undefined
    if (phase.type === 'live') this.#reconnects++
    this.#generation++
    for (const room of this.#rooms.values()) room.disconnected()
    // What `bye` said counts, though the close frame may have been lost on the way.
    const bye = this.#bye
    const isByes = bye !== undefined && (bye.code === end.code || !isFinal(end.code))
    this.#lastEnd = isByes ? bye : end
    this.#ends.note(this.#lastEnd, phase.type === 'greeting' || phase.type === 'live')
    const { code, reason } = this.#lastEnd
    if (isFinal(code)) {
      this.#phase = { type: 'refused', code, reason }
      return
    }
    this.#backoff.ended(syncedSince, this.#now)
    const floor = Math.max(this.#floor, this.#now)
    const until = this.#now + this.#backoff.nextWaitMs(floor - this.#now)
    this.#phase = { type: 'waiting', until, floor }
  }
}
