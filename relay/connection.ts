import type { RawData } from 'ws'
import {
  CLOSE_CODES,
  MAX_MESSAGE_BYTES,
  closeReason,
  encodeFrame,
  frameName,
  namesReceiptKey,
} from '../protocol/index.ts'
import type { CloseReason, DownFrame } from '../protocol/index.ts'
import { refusalOf, whenAnswered } from './authority.ts'
import type { Authenticate } from './authority.ts'
import { Client } from './client.ts'
import type { ClientParts, Departure } from './client.ts'
import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'
import { countOne } from './figures.ts'
import { Incoming } from './half-joined.ts'
import { HeldMessages, readHello } from './hello-gate.ts'
import type { Hello, Message } from './hello-gate.ts'
import type { Link } from './link.ts'
import type { Peer } from './peer.ts'
import type { Turn } from './send-turns.ts'
import type { SessionOwner } from './session.ts'
import { SocketPort } from './socket-port.ts'
import type { Socket } from './socket-port.ts'

export type ConnectionParts = ClientParts & {
  readonly authenticate: Authenticate | undefined
  readonly welcomed: (connection: Connection) => void
  /** The connection is closed, and the relay may forget it. */
  readonly closed: (connection: Connection) => void
}

/*
 *  waiting ──hello──► checking ──accepted──► welcomed ──┐
 *     │                  │                              ├──► ended ──► closed
 *     └──────────────────┴──────────────────────────────┘
 *  ended: `bye` is said or the peer is gone; whatever still comes is not looked at
 */
type Phase =
  | { readonly type: 'waiting' }
  | { readonly type: 'checking'; readonly held: HeldMessages }
  | { readonly type: 'welcomed'; readonly client: Client }
  | { readonly type: 'ended' }

/** RFC 6455: a message too big to process. */
const TOO_BIG = 1009
const GOING_AWAY = 1001
const ABNORMAL = 1006
const RETRY_MS = 1000

/** One socket, from its upgrade to its close. Rules W3, W7, W8 and W14; everything behind `hello` is its client's. */
export class Connection implements Link, SessionOwner {
  readonly connectedAt: number
  readonly #context: RelayContext
  readonly #parts: ConnectionParts
  readonly #peer: Peer
  readonly #port: SocketPort
  readonly #incoming: Incoming
  #phase: Phase = { type: 'waiting' }
  #heardAt: number
  #cancelTimer: () => void
  #isClosed = false
  #isHeadsTellingDue = false
  /** The code that we closed with, for the figures: a cut socket has none. */
  #endCode: number | undefined

  constructor(context: RelayContext, parts: ConnectionParts, sockets: Socket, peer: Peer) {
    const { socket } = sockets
    const { clock, tuning } = context
    this.#context = context
    this.#parts = parts
    this.#port = new SocketPort(context, sockets, (run) => this.guard(run))
    this.#peer = peer
    this.#incoming = new Incoming(context)
    this.connectedAt = clock.now()
    this.#heardAt = this.connectedAt
    this.#cancelTimer = clock.setTimer(tuning.helloMs, () =>
      this.end('hello-timeout', `hello: not within ${tuning.helloMs} ms`),
    )
    socket.on('message', (data, isBinary) => this.guard(() => this.#message(data, isBinary)))
    socket.on('close', (code) => this.guard(() => this.#closed(code)))
    const { address } = peer
    socket.on('error', (error) => context.log.debug({ address, err: error }, 'a socket failed'))
  }

  get heardAt(): number {
    return this.#heardAt
  }

  get client(): Client | undefined {
    return this.#phase.type === 'welcomed' ? this.#phase.client : undefined
  }

  get isPaused(): boolean {
    return this.#port.isPaused
  }

  get queuedBytes(): number {
    return this.#port.queuedBytes
  }

  get isOverHighWater(): boolean {
    return this.queuedBytes > this.#context.tuning.highWaterBytes
  }

  send(frame: DownFrame): void {
    if (this.#phase.type !== 'ended') this.sendEncoded(frame.type, encodeFrame(frame))
  }

  sendEncoded(type: DownFrame['type'], bytes: Uint8Array): void {
    if (this.#phase.type === 'ended') return
    if (this.queuedBytes > this.#context.tuning.maxQueueBytes) {
      const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
      return this.end('overloaded', 'You take less than you ask for.', retryAfterMs)
    }
    // What goes wrong on the way to one peer is this connection's fault, whoever's room sent it.
    try {
      this.#write(type, bytes)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** W22: the pieces of a large frame go one directly behind the other. */
  #write(type: DownFrame['type'], bytes: Uint8Array): void {
    // W8: `welcome` is where pieces begin, and whole.
    const isWhole = type === 'welcome' || bytes.length <= this.#context.tuning.pieceBytes
    if (isWhole) return this.#port.write(type, bytes)
    const messages = this.#context.cut(bytes)
    countOne(this.#context.figures.framesOut, type)
    for (const message of messages) this.#port.write('slice', message)
  }

  whenDrained(turn: Turn): void {
    this.#port.turns.ask(turn)
  }

  tellHeadsWhenDrained(): void {
    if (this.#isHeadsTellingDue) return
    this.#isHeadsTellingDue = true
    this.whenDrained((done) => {
      this.#isHeadsTellingDue = false
      this.client?.heartbeat.pulse()
      done()
    })
  }

  pauseFor(reason: object): void {
    this.#port.pauseFor(reason)
  }

  resumeFor(reason: object): void {
    // What the peer said meanwhile is still in the socket: its silence begins now at the earliest.
    if (this.#port.resumeFor(reason)) this.#heardAt = this.#context.clock.now()
  }

  guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    const { figures, log } = this.#context
    figures.internalErrors++
    const { address } = this.#peer
    log.error({ address, err: error }, 'a connection failed by a fault of our own')
    this.end('internal-error', 'The relay made a mistake.', jitteredMs(this.#context, RETRY_MS))
  }

  end(reason: CloseReason, sentence: string, retryAfterMs = 0): void {
    this.#endWith(CLOSE_CODES[reason], reason, sentence, retryAfterMs)
  }

  /** W12: another connection speaks for the session now. */
  superseded(): void {
    this.guard(() => {
      this.client?.end('superseded')
      this.end('superseded', 'This session goes on in another connection.')
    })
  }

  /** W11: nothing came from the peer for longer than its lease. */
  endSilent(): void {
    const { client } = this
    if (client === undefined) return
    client.end('timed-out')
    this.end('silent', 'Nothing was heard from you for too long.')
  }

  #endWith(code: number, name: string, sentence: string, retryAfterMs: number): void {
    if (this.#phase.type === 'ended') return
    const { client } = this
    this.#phase = { type: 'ended' }
    this.#endCode = code
    this.#incoming.drop()
    this.#cancelTimer()
    const { clock, tuning } = this.#context
    this.#cancelTimer = clock.setTimer(tuning.closeMs, () => this.cut())
    this.#port.close({ type: 'bye', code, retryAfterMs, reason: sentence }, name)
    this.#depart(client, 'lost')
  }

  /** Ends the socket without waiting for the peer. One that was closed before we had it says nothing more. */
  cut(): void {
    this.#port.cut()
    if (this.#port.isClosed) this.#closed(ABNORMAL)
  }

  #depart(client: Client | undefined, departure: Departure): void {
    if (client === undefined) return
    client.end(departure)
    this.#parts.sessions.release(client.session, this)
  }

  #closed(code: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#incoming.drop()
    this.#cancelTimer()
    const { client } = this
    this.#phase = { type: 'ended' }
    const isClean = code === CLOSE_CODES.normal || code === GOING_AWAY
    countOne(this.#context.figures.closes, closeName(this.#endCode ?? code))
    this.#parts.closed(this)
    this.#port.turns.clear()
    this.#depart(client, isClean ? 'left' : 'lost')
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#phase.type === 'ended') return
    const { figures, clock, limits } = this.#context
    const bytes = asBytes(data)
    figures.bytesIn += bytes.length
    this.#heardAt = clock.now()
    const maxBytes = Math.min(limits.maxFrameBytes, MAX_MESSAGE_BYTES)
    if (bytes.length > maxBytes) return this.#tooBig(`A message has at most ${maxBytes} bytes.`)
    if (this.#phase.type === 'checking') return this.#hold(this.#phase.held, { bytes, isBinary })
    if (!isBinary) return this.end('text-frame', 'Messages are binary here.')
    if (this.#phase.type === 'waiting') return this.#hello(bytes)
    this.#frame(this.#phase.client, bytes)
  }

  #tooBig(sentence: string): void {
    this.#endWith(TOO_BIG, 'frame-too-big', sentence, 0)
  }

  #hold(held: HeldMessages, message: Message): void {
    if (held.hold(message)) return
    const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
    this.end('overloaded', 'Too much came behind hello before it was accepted.', retryAfterMs)
  }

  #frame(client: Client, bytes: Uint8Array): void {
    const frame = this.#incoming.take(bytes)
    const { framesIn } = this.#context.figures
    if (frame === 'overloaded') {
      const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
      return this.end('overloaded', 'Too much is being sent to the relay at once.', retryAfterMs)
    }
    if (frame.type === 'failure') {
      if (frame.code === 'too-large') return this.#tooBig(frame.reason)
      return this.end(frame.code, frame.reason)
    }
    if (frameName(bytes) === 'piece') countOne(framesIn, 'piece')
    if (frame.type === 'more') return
    countOne(framesIn, frame.type)
    client.take(frame)
  }

  #hello(bytes: Uint8Array): void {
    const read = readHello(bytes)
    if ('reason' in read) return this.end(read.reason, read.sentence)
    const { hello, version } = read
    countOne(this.#context.figures.framesIn, 'hello')
    const { authenticate } = this.#parts
    if (authenticate === undefined) return this.#welcome(hello, version, [])
    const held = new HeldMessages()
    const checking: Phase = { type: 'checking', held }
    this.#phase = checking
    whenAnswered(
      () => authenticate(hello.token, hello.user, this.#peer),
      (isKnown) =>
        this.guard(() => {
          if (this.#phase !== checking) return
          if (isKnown !== true) return this.end('unauthorized', refusalOf(isKnown))
          this.#welcome(hello, version, held.release())
        }),
      (error) => this.guard(() => this.#undecided(error)),
    )
  }

  #undecided(error: unknown): void {
    this.#context.log.error({ err: error }, 'authenticate could not decide')
    const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
    this.end('overloaded', 'The relay cannot tell now whether to let you in.', retryAfterMs)
  }

  /** K9: undefined where the page has it already. */
  #receiptKeyFor(hello: Hello): Uint8Array | undefined {
    const key = this.#context.receipts?.publicKey
    return key === undefined || namesReceiptKey(hello, key) ? undefined : key
  }

  #welcome(hello: Hello, version: number, held: readonly Message[]): void {
    const { clock, limits } = this.#context
    this.#cancelTimer()
    const session = this.#parts.sessions.take(hello.session, this)
    const { token, user, isHidden } = hello
    const client = new Client(
      this.#context,
      this.#parts,
      { token, user, session, peer: this.#peer },
      this,
    )
    this.#phase = { type: 'welcomed', client }
    this.#parts.welcomed(this)
    this.send({
      type: 'welcome',
      version,
      session: session.number,
      atMs: clock.wallMs(),
      limits,
      receiptKey: this.#receiptKeyFor(hello),
    })
    session.isHidden = isHidden
    for (const { bytes, isBinary } of held) {
      if (this.client !== client) return
      if (!isBinary) this.end('text-frame', 'Messages are binary here.')
      else if (frameName(bytes) === 'piece') this.end('out-of-order', 'no pieces before welcome')
      else this.#frame(client, bytes)
    }
  }
}

/** ws gives one Buffer for each message with its default `binaryType`; the other shapes are settings of its owner's. */
export const asBytes = (data: RawData): Uint8Array => {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return Array.isArray(data) ? Buffer.concat(data) : data
}

/** A peer may close with any number: the figures keep only those that the protocol or RFC 6455 names. */
export const closeName = (code: number): string => {
  if (code >= 1000 && code <= 1015) return closeReason(code) ?? String(code)
  return closeReason(code) ?? 'other'
}
