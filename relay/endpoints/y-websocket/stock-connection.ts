import type { RawData, WebSocket } from 'ws'
import { CLOSE_CODES, LOG_START, toHex } from '../../../protocol/index.ts'
import type { CloseReason, DownFrame, PartCode, RoomName } from '../../../protocol/index.ts'
import { checkedGrant, refusalOf, whenAnswered } from '../../authority.ts'
import type { Authenticate, Authorize, Grant } from '../../authority.ts'
import { asBytes, closeName } from '../../connection.ts'
import type { RelayContext } from '../../context.ts'
import { countOne } from '../../figures.ts'
import type { Peer } from '../../peer.ts'
import type { RoomHost } from '../../room-host.ts'
import type { Rooms } from '../../rooms.ts'
import { Seat } from '../../seat.ts'
import type { SeatOwner } from '../../seat.ts'
import type { Turn } from '../../send-turns.ts'
import type { Session, SessionOwner, Sessions } from '../../session.ts'
import { SocketPort } from '../../socket-port.ts'
import type { Socket } from '../../socket-port.ts'
import type { LogQuestions } from './log-questions.ts'
import { StockClient } from './stock-client.ts'
import type { StockLink } from './stock-client.ts'
import type { StockRoom } from './stock-room.ts'
import { decodeStock, encodeAwareness } from './wire.ts'

/** Where a stock client wants to go, and as whom. */
export type Visit = {
  readonly room: RoomName
  /** Empty where it does not say. */
  readonly user: string
  readonly token: string
  readonly peer: Peer
}

export type StockConnectionParts = {
  readonly rooms: Rooms
  readonly sessions: Sessions
  readonly authorize: Authorize
  readonly authenticate: Authenticate | undefined
  readonly questions: LogQuestions
  readonly roomOf: (host: RoomHost) => StockRoom
  readonly closed: (connection: StockConnection) => void
}

const TOO_BIG = 1009
const ABNORMAL = 1006
/** A socket hands over all that has come, which may be megabytes of single letters: behind so many messages everybody else comes first. */
const MESSAGES_A_TURN = 200
const MAX_REASON_BYTES = 123
/** Says nothing, but says it: the stock client takes a relay that is silent for 30 s for gone. */
const ALIVE = encodeAwareness([])

/*
 *  asking ──granted──► joining ──the room has its log──► joined ──► ended ──► closed
 *  Until it is joined nothing is read from the socket, so that nothing has to be held.
 */

/** Y1: one socket of a stock client. For rooms and sessions it is a link like any other. */
export class StockConnection implements StockLink, SessionOwner, SeatOwner {
  readonly connectedAt: number
  readonly session: Session
  readonly told: Set<number> = new Set()
  readonly #context: RelayContext
  readonly #parts: StockConnectionParts
  readonly #visit: Visit
  readonly #socket: WebSocket
  readonly #port: SocketPort
  readonly #seat: Seat
  readonly #joining: object = {}
  #host: RoomHost | undefined
  #client: StockClient | undefined
  /** Why nothing is read until the next turn. */
  readonly #turn: object = {}
  #inTurn = 0
  #isEnded = false
  #isClosed = false
  #heardAt: number
  #bytesRead = 0
  #beatAt: number
  #endCode: number | undefined
  #cancelCut: () => void = () => undefined

  constructor(context: RelayContext, parts: StockConnectionParts, sockets: Socket, visit: Visit) {
    this.#context = context
    this.#parts = parts
    this.#visit = visit
    const { socket } = sockets
    this.#socket = socket
    this.#port = new SocketPort(context, sockets, (run) => this.guard(run))
    this.connectedAt = context.clock.now()
    this.#heardAt = this.connectedAt
    this.#beatAt = this.connectedAt
    this.session = parts.sessions.take(toHex(context.randomBytes(16)), this)
    const place = { ref: 1, name: visit.room, since: this.connectedAt }
    this.#seat = new Seat(place, this, this, this.session, { bytes: 0, maxBytes: Infinity })
    this.#port.pauseFor(this.#joining)
    socket.on('message', (data, isBinary) => this.guard(() => this.#message(data, isBinary)))
    socket.on('pong', () => (this.#heardAt = context.clock.now()))
    socket.on('close', (code) => this.guard(() => this.#closed(code)))
    socket.on('error', (error) =>
      context.log.debug({ address: visit.peer.address, err: error }, 'a socket failed'),
    )
  }

  get heardAt(): number {
    return this.#heardAt
  }

  get queuedBytes(): number {
    return this.#port.queuedBytes
  }

  get isOverHighWater(): boolean {
    // One large message is no sign of a client that takes too little: it cannot be sent in parts.
    const { tuning, limits } = this.#context
    return this.queuedBytes > tuning.highWaterBytes + limits.maxFrameBytes
  }

  get isJoined(): boolean {
    return this.#seat.isJoined
  }

  get isCatchingUp(): boolean {
    return this.#seat.phase === 'catching-up'
  }

  /** W18: lets it in if the hooks do. */
  admit(): void {
    const { authenticate } = this.#parts
    const { token, user, peer } = this.#visit
    if (authenticate === undefined) return this.#authorize()
    whenAnswered(
      () => authenticate(token, user, peer),
      (isKnown) =>
        this.guard(() => {
          if (isKnown === true) return this.#authorize()
          this.end('unauthorized', refusalOf(isKnown))
        }),
      (error) => this.guard(() => this.#undecided(error)),
    )
  }

  #authorize(): void {
    const { token, room, user, peer } = this.#visit
    const name = user === '' ? `y-${this.session.number}` : user
    whenAnswered(
      () => this.#parts.authorize(token, room, { user: name, ...peer }),
      (grant) => this.guard(() => this.#granted(grant)),
      (error) => this.guard(() => this.#undecided(error)),
    )
  }

  #granted(answer: Grant): void {
    if (this.#isEnded) return
    let grant: Grant
    try {
      grant = checkedGrant(answer)
    } catch (error) {
      return this.#undecided(error)
    }
    if (!grant.read) return this.end('unauthorized', 'You may not read this room.')
    const seat = this.#seat
    seat.user = grant.user
    seat.mayWrite = grant.write
    const host = this.#parts.rooms.get(this.#visit.room)
    this.#host = host
    seat.whenJoined(0, () => {
      const { questions, roomOf } = this.#parts
      const parts = { host, seat, room: roomOf(host), questions }
      this.#client = new StockClient(this.#context, parts, this)
      this.resumeFor(this.#joining)
    })
    host.join(seat, LOG_START)
  }

  #undecided(error: unknown): void {
    const { room } = this.#visit
    this.#context.log.error({ room, err: error }, 'it could not be decided who may enter')
    this.end('overloaded', 'The relay cannot tell now whether you may enter.')
  }

  /** W11: asks the peer's socket for a sign of life and gives one of its own; ends it if there was none. */
  tick(now: number, mayJudge: boolean): void {
    if (this.#isEnded) return
    const { limits, tuning } = this.#context
    if (!this.isJoined) {
      if (now - this.connectedAt < tuning.joinMs) return
      return this.end('overloaded', 'The room takes too long to load.')
    }
    // A large message is heard while it comes: the answer to a ping stands behind it.
    const bytesRead = this.#port.bytesRead
    if (bytesRead !== this.#bytesRead) this.#heardAt = now
    this.#bytesRead = bytesRead
    if (mayJudge && !this.#port.isPaused && now - this.#heardAt >= limits.silenceMs) {
      this.#forget('timed-out')
      return this.end('silent', 'Nothing was heard from you for too long.')
    }
    if (now - this.#beatAt < limits.beatMs) return
    this.#beatAt = now
    this.#socket.ping()
    this.write('y-awareness', ALIVE)
  }

  write(name: string, message: Uint8Array): void {
    if (this.#isEnded) return
    if (this.queuedBytes > this.#context.tuning.maxQueueBytes) {
      return this.end('overloaded', 'You take less than you ask for.')
    }
    this.#port.write(name, message)
  }

  send(frame: DownFrame): void {
    if (!this.#isEnded) this.guard(() => this.#client?.told(frame))
  }

  sendEncoded(_type: DownFrame['type'], bytes: Uint8Array): void {
    if (!this.#isEnded) this.guard(() => this.#client?.hear(bytes))
  }

  whenDrained(turn: Turn): void {
    this.#port.turns.ask(turn)
  }

  /** W16: a stock client cannot pull; when it comes back its step 1 says what it lacks. */
  tellHeadsWhenDrained(): void {
    this.end('overloaded', 'You take less than comes.')
  }

  pauseFor(reason: object): void {
    this.#port.pauseFor(reason)
  }

  resumeFor(reason: object): void {
    if (this.#port.resumeFor(reason)) this.#heardAt = this.#context.clock.now()
  }

  guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      const { figures, log } = this.#context
      const { address } = this.#visit.peer
      figures.internalErrors++
      log.error({ address, err: error }, 'a stock connection failed by a fault of our own')
      this.end('internal-error', 'The relay made a mistake.')
    }
  }

  superseded(): void {
    this.end('superseded', 'This session goes on in another connection.')
  }

  /** The room sends everybody away for a moment. */
  part(_seat: Seat, code: PartCode, _retryAfterMs: number, reason: string): void {
    this.#context.figures.parted++
    this.end(code === 'room-deleted' ? code : 'overloaded', reason)
  }

  /** S18: the log was compacted over the place up to which the answer went. Nothing else can come, since its cursor is the log's start. */
  reset(): void {
    this.#client?.askAnew()
  }

  end(reason: CloseReason, sentence: string): void {
    this.#endWith(CLOSE_CODES[reason], reason, sentence)
  }

  endTooBig(sentence: string): void {
    this.#endWith(TOO_BIG, 'frame-too-big', sentence)
  }

  #endWith(code: number, name: string, sentence: string): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#endCode = code
    const { clock, tuning } = this.#context
    this.#cancelCut = clock.setTimer(tuning.closeMs, () => this.cut())
    const isShort = Buffer.byteLength(sentence) <= MAX_REASON_BYTES
    this.#port.closeWith(code, isShort ? sentence : name)
    this.#forget('left')
  }

  cut(): void {
    this.#port.cut()
    if (this.#port.isClosed) this.#closed(ABNORMAL)
  }

  #closed(code: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isEnded = true
    this.#cancelCut()
    countOne(this.#context.figures.closes, closeName(this.#endCode ?? code))
    this.#port.turns.clear()
    this.#forget('left')
    this.#parts.sessions.release(this.session, this)
    this.#parts.closed(this)
  }

  /** A stock client has no session to come back to: it has left, however its connection ended. */
  #forget(departure: 'left' | 'timed-out'): void {
    const seat = this.#seat
    if (seat.phase === 'gone') return
    seat.end()
    this.#client?.leave()
    this.#host?.remove(seat)
    this.#host?.presence.leave(seat, departure)
  }

  #takeTurns(): void {
    this.#inTurn++
    if (this.#inTurn === 1) {
      this.#context.clock.soon(() => {
        this.#inTurn = 0
        this.resumeFor(this.#turn)
      })
    }
    if (this.#inTurn === MESSAGES_A_TURN) this.#port.pauseFor(this.#turn)
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#isEnded || this.#client === undefined) return
    const { figures, clock, limits } = this.#context
    const bytes = asBytes(data)
    figures.bytesIn += bytes.length
    this.#heardAt = clock.now()
    if (bytes.length > limits.maxFrameBytes) {
      return this.endTooBig(`A message has at most ${limits.maxFrameBytes} bytes.`)
    }
    if (!isBinary) return this.end('text-frame', 'Messages are binary here.')
    const message = decodeStock(bytes)
    if (message === undefined) return this.end('malformed-frame', 'This message is malformed.')
    countOne(figures.framesIn, `y-${message.type}`)
    this.#takeTurns()
    this.#client.take(message)
  }
}
