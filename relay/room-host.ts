import { encodeFrame } from '../protocol/index.ts'
import type { ResetReason, RoomName } from '../protocol/index.ts'
import { whenAnswered } from './authority.ts'
import type { CommitGroup } from './commit-group.ts'
import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'
import type { LoadGate } from './load-gate.ts'
import { answerPull } from './pull.ts'
import type { Cursor } from './room-log.ts'
import { RoomLog } from './room-log.ts'
import { loadRoom } from './room-load.ts'
import { RoomPresence } from './room-presence.ts'
import { RoomWriter } from './room-writer.ts'
import type { Pull, Seat } from './seat.ts'
import type { Store } from './stores/store.ts'

const COME_BACK_MS = 1000

/** What rooms need besides the context. */
export type RoomParts = {
  readonly store: Store
  readonly commits: CommitGroup
  readonly loads: LoadGate
  readonly term: number
}

/*
 *  cold ──first join──► loading ──loaded──► open ──commit failed──► cold
 *    ▲                     │
 *    └──── load failed ────┘        every waiting join is parted; nothing of a failed load is kept
 */

/** One room of this relay: its people for as long as it has any, and its log while somebody needs it. */
export class RoomHost {
  readonly name: RoomName
  /** The relay's number for the room, the same on every connection. */
  readonly number: number
  readonly presence: RoomPresence
  readonly #context: RelayContext
  readonly #parts: RoomParts
  /** Joined or about to be. */
  readonly #seats = new Set<Seat>()
  readonly #waiting = new Map<Seat, Cursor>()
  #isLoading = false
  #writer: RoomWriter | undefined
  #emptySince: number

  constructor(context: RelayContext, parts: RoomParts, name: RoomName, number: number) {
    this.#context = context
    this.#parts = parts
    this.name = name
    this.number = number
    this.presence = new RoomPresence(context, number)
    this.#emptySince = context.clock.now()
  }

  get isLoaded(): boolean {
    return this.#writer !== undefined
  }

  get seats(): Iterable<Seat> {
    return this.#seats
  }

  /** The room's log behind a joined seat: a room that falls back parts all its seats first. */
  get writer(): RoomWriter {
    if (this.#writer === undefined) throw new Error("a joined seat's room has its log")
    return this.#writer
  }

  get head(): number {
    return this.writer.log.head
  }

  /** C1, S7: an authorized join. It is answered when the room is loaded. */
  join(seat: Seat, cursor: Cursor): void {
    this.#seats.add(seat)
    if (this.#writer !== undefined) return this.#match(this.#writer, seat, cursor)
    this.#waiting.set(seat, cursor)
    this.#load()
  }

  /** The seat is gone, for whatever reason. What becomes of its session here is the caller's to say. */
  remove(seat: Seat): void {
    this.#seats.delete(seat)
    this.#waiting.delete(seat)
    this.#writer?.forget(seat)
    if (this.#seats.size === 0) this.#emptySince = this.#context.clock.now()
  }

  /** C2 */
  pull(seat: Seat, pull: Pull): void {
    const { log } = this.writer
    if (pull.after > log.head) {
      const sentence = `pull: offset ${pull.after} is beyond the head ${log.head}`
      return seat.link.end('malformed-frame', sentence)
    }
    answerPull({ context: this.#context, host: this, log, seat, fail: this.#pullFailed }, pull)
  }

  /** C5 */
  received(seat: Seat, through: number): void {
    this.presence.received(seat, Math.min(through, this.head))
  }

  /** W13: to everybody else here who can take it, and to no disk. */
  signal(seat: Seat, bytes: Uint8Array): void {
    const { figures, limits } = this.#context
    if (bytes.length > limits.maxSignalBytes) {
      figures.droppedSignals++
      return
    }
    figures.signals++
    const { session, user } = seat
    const room = this.number
    const frame = encodeFrame({ type: 'signalled', room, session: session.number, user, bytes })
    for (const other of this.seats) {
      if (other === seat || !other.isJoined) continue
      if (other.link.isOverHighWater) figures.droppedSignals++
      else other.link.sendEncoded('signalled', frame)
    }
  }

  /** Whether the room can be forgotten: nobody is in it, nothing is under way, and that for a while. */
  isIdle(now: number): boolean {
    const isQuiet = this.#seats.size === 0 && !this.#isLoading && this.presence.isEmpty
    if (!isQuiet || this.#writer?.hasUnsettled === true) return false
    return now - this.#emptySince >= this.#context.tuning.idleRoomMs
  }

  #load(): void {
    if (this.#isLoading) return
    this.#isLoading = true
    const { figures, log } = this.#context
    const { store, loads } = this.#parts
    figures.roomLoads++
    loads
      .run(() => loadRoom(this.#context, store, this.name))
      .then((loaded) => {
        this.#isLoading = false
        const roomLog = new RoomLog(this.#context, store, this.name, loaded)
        this.#writer = new RoomWriter(this.#context, this.#parts, this, roomLog)
        const writer = this.#writer
        for (const [seat, cursor] of this.#takeWaiting()) {
          seat.link.guard(() => this.#match(writer, seat, cursor))
        }
      })
      .catch((error: unknown) => {
        this.#isLoading = false
        figures.roomLoadFailures++
        log.error({ room: this.name, err: error }, 'a room could not be loaded')
        this.#parts.commits.readFailed(error)
        for (const [seat] of this.#takeWaiting()) {
          seat.link.guard(() => this.#part(seat, 'cannot-load'))
        }
      })
  }

  #takeWaiting(): [Seat, Cursor][] {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    return waiting
  }

  /** The cursor may have to be looked up on disk; the seat or the room may be gone by then. */
  #match(writer: RoomWriter, seat: Seat, cursor: Cursor): void {
    if (seat.phase !== 'joining') return
    whenAnswered(
      () => writer.log.match(cursor),
      (why) => seat.link.guard(() => this.#matched(writer, seat, cursor, why)),
      (error) => seat.link.guard(() => this.#readFailed(seat, error)),
    )
  }

  #matched(writer: RoomWriter, seat: Seat, { after }: Cursor, why: ResetReason | undefined): void {
    if (seat.phase !== 'joining' || this.#writer !== writer) return
    const { ref, link, mayWrite } = seat
    if (why !== undefined) {
      return seat.owner.reset(seat, why)
    }
    const { head } = writer.log
    const { epoch } = writer.log.sequencer
    link.send({ type: 'joined', ref, room: this.number, epoch, head, mayWrite })
    seat.toldHead = head
    if (after === head) seat.joinedLiveAt = after
    this.presence.enter(seat)
    seat.joined(after === head ? 'live' : 'catching-up')
  }

  readonly #pullFailed = (seat: Seat, error: unknown): void => this.#readFailed(seat, error)

  #readFailed(seat: Seat, error: unknown): void {
    if (seat.phase === 'gone') return
    this.#context.figures.readFailures++
    this.#context.log.error({ room: this.name, err: error }, "a room's log could not be read")
    this.#parts.commits.readFailed(error)
    this.#part(seat, 'cannot-load')
  }

  /** S11: back to what is durable: everybody is sent away for a moment, and the next join loads anew. */
  fallBack(code: 'cannot-store' | 'room-fell-back'): void {
    if (this.#writer === undefined) return
    this.#writer = undefined
    this.#context.figures.fallbacks++
    this.#context.log.warn({ room: this.name, code }, 'a room fell back to its durable state')
    for (const seat of this.#seats) {
      seat.link.guard(() => this.#part(seat, code))
    }
  }

  #part(seat: Seat, code: keyof typeof SENTENCES): void {
    if (seat.phase === 'gone') return
    seat.owner.part(seat, code, jitteredMs(this.#context, COME_BACK_MS), SENTENCES[code])
  }
}

const SENTENCES = {
  'cannot-load': 'The relay could not read this room.',
  'cannot-store': 'The relay could not store what was sent to this room.',
  'room-fell-back': 'The room went back to what is durable.',
} as const
