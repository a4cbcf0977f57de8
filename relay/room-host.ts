import { PART_CODES, encodeFrame, ownRecords } from '../protocol/index.ts'
import type { KeptRun, ResetReason, RoomName } from '../protocol/index.ts'
import { whenAnswered } from './authority.ts'
import type { CommitGroup } from './commit-group.ts'
import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'
import type { Quarantine } from './jobs/quarantine.ts'
import type { LoadGate } from './load-gate.ts'
import { answerPull } from './pull.ts'
import type { Cursor } from './room-log.ts'
import { RoomLog } from './room-log.ts'
import { RoomCompactor } from './room-compactor.ts'
import type { RoomJobs } from './room-jobs.ts'
import { deleteLog } from './room-deletion.ts'
import { RoomDeleted, loadRoom } from './room-load.ts'
import { CLOSED, COME_BACK_MS, LOOK_AGAIN_MS, SENTENCES } from './room-parting.ts'
import { RoomPresence } from './room-presence.ts'
import { RoomWriter } from './room-writer.ts'
import { answerVouch } from './room-vouch.ts'
import type { Pull, Seat } from './seat.ts'
import type { Store } from './stores/store.ts'

/** What rooms need besides the context. */
export type RoomParts = {
  readonly store: Store
  readonly commits: CommitGroup
  readonly loads: LoadGate
  readonly term: number
  /** J6 for rooms themselves: those that crashed too often. */
  readonly quarantine: Quarantine
  readonly jobs: RoomJobs | undefined
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
  /** S17: the one that is under way; nobody is let in before it is over. */
  #deletion: Promise<boolean> | undefined
  /** What waits for the log to stand still. */
  #onSettled: (() => void) | undefined
  /** S15: nobody is let in before the log has a new epoch. */
  #mustTurn = false
  #writer: RoomWriter | undefined
  #compactor: RoomCompactor | undefined
  #isExpiring = false
  /** What waits for a load to be over, however it ends. */
  #onLoadEnd: (() => void)[] = []
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

  /**
   * S16: does something of this room. What it throws is the room's end for now, and nobody else's: its seats are sent away for a moment, and it is
   * loaded anew from what is durable. Undefined where it threw.
   */
  guard<Result>(run: () => Result): Result | undefined {
    try {
      return this.#context.during(this.name, run)
    } catch (error) {
      this.crashed(error)
      return undefined
    }
  }

  /** C1, S7: an authorized join. It is answered when the room is loaded. */
  join(seat: Seat, cursor: Cursor): void {
    this.#seats.add(seat)
    if (this.#writer !== undefined && !this.#mustTurn && this.#deletion === undefined) {
      return this.#match(this.#writer, seat, cursor)
    }
    this.#waiting.set(seat, cursor)
    if (this.#writer === undefined && this.#deletion === undefined) this.#load()
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
    answerPull({ context: this.#context, host: this, log, seat, fail: this.#pullFailed }, pull)
  }

  /** C14 */
  vouch(seat: Seat): void {
    answerVouch(this.writer.vouch, seat, this.#pullFailed)
  }

  /** C5 */
  received(seat: Seat, through: number): void {
    this.presence.received(seat, Math.min(through, this.head))
  }

  /** C12: what a page kept of a log that is gone; only what this relay wrote goes in. */
  repair(seat: Seat, run: KeptRun): void {
    const { writer } = this
    const { codeOf } = writer.log
    const all = { records: [], foreign: run.batches.length }
    const { records, foreign } = codeOf === undefined ? all : ownRecords(run, codeOf)
    this.#context.figures.foreignBatches += foreign
    writer.restore(seat, records)
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
    if (this.#isExpiring || this.#compactor?.isBusy === true) return false
    if (this.#deletion !== undefined) return false
    return now - this.#emptySince >= this.#context.tuning.idleRoomMs
  }

  /**
   * S19: leaves out events that are too old, of a room that is not in memory as well. Resolves when that is over; what failed is counted, and comes again
   * with the next look.
   */
  async expire(keepEventsMs: number): Promise<void> {
    if (this.#deletion !== undefined) return
    this.#isExpiring = true
    const wasLoaded = this.isLoaded
    if (!wasLoaded) {
      const end = this.#loadEnd()
      this.#load()
      await end
    }
    await this.#compactor?.expire(keepEventsMs)
    this.#isExpiring = false
    if (!wasLoaded && this.#seats.size === 0) this.#emptySince = -Infinity
  }

  /** Nobody is to write any more. */
  stop(): void {
    this.presence.stop()
    this.#compactor?.stop()
  }

  crashed(error: unknown): void {
    const { figures, log, clock } = this.#context
    figures.roomCrashes++
    log.error({ room: this.name, err: error }, "a room failed by a fault of the relay's own")
    const quarantined = this.#parts.quarantine.failed(this.name, 'room', 'crash', clock.now())
    if (quarantined !== undefined) {
      figures.roomQuarantines++
      log.error({ room: this.name }, 'a room failed too often: it stays closed for a while')
    }
    this.fallBack('room-fell-back')
  }

  /** S16: how long nobody is let in, since the room failed too often. */
  get #closedMs(): number {
    const now = this.#context.clock.now()
    const quarantined = this.#parts.quarantine.of(this.name, now)
    return quarantined === undefined ? 0 : quarantined.until - now
  }

  #load(): void {
    if (this.#isLoading) return
    const closedMs = Math.min(this.#closedMs, LOOK_AGAIN_MS)
    if (closedMs > 0) {
      for (const [seat] of this.#takeWaiting()) {
        const retryMs = jitteredMs(this.#context, closedMs)
        seat.link.guard(() => seat.owner.part(seat, 'cannot-load', retryMs, CLOSED))
      }
      return this.#loadEnded()
    }
    this.#isLoading = true
    const { figures, log } = this.#context
    const { store, loads, term } = this.#parts
    figures.roomLoads++
    loads
      .run(() => loadRoom(this.#context, store, this.name, this.#mustTurn ? { term } : undefined))
      .then((loaded) => {
        this.#isLoading = false
        this.#mustTurn = false
        // What was read is about to be deleted: who waits is answered by what comes after that.
        if (this.#deletion !== undefined) return
        const roomLog = new RoomLog(this.#context, store, this.name, loaded)
        this.#compactInTime(roomLog)
        this.#writer = new RoomWriter(this.#context, this.#parts, this, roomLog)
        const writer = this.#writer
        for (const [seat, cursor] of this.#takeWaiting()) {
          seat.link.guard(() => this.guard(() => this.#match(writer, seat, cursor)))
        }
      })
      .catch((error: unknown) => {
        this.#isLoading = false
        if (error instanceof RoomDeleted) return this.#partWaiting('room-deleted')
        figures.roomLoadFailures++
        log.error({ room: this.name, err: error }, 'a room could not be loaded')
        this.#parts.commits.readFailed(error)
        this.#partWaiting('cannot-load')
      })
      .finally(() => this.#loadEnded())
  }

  #loadEnd(): Promise<void> {
    return new Promise((resolve) => this.#onLoadEnd.push(resolve))
  }

  #loadEnded(): void {
    for (const resolve of this.#onLoadEnd.splice(0)) resolve()
  }

  /** What the room has in memory is not believed any more, or not needed. */
  #letGo(): void {
    this.#writer = undefined
    this.#compactor?.stop()
    this.#compactor = undefined
  }

  #partWaiting(code: keyof typeof SENTENCES): void {
    for (const [seat] of this.#takeWaiting()) seat.link.guard(() => this.#part(seat, code))
  }

  /** S18: what nobody looked into before it was stored may be no document of Yjs. */
  #compactInTime(roomLog: RoomLog): void {
    const { jobs, store } = this.#parts
    if (jobs === undefined || this.#context.gates === undefined) return
    const compactor = new RoomCompactor(this.#context, { store, jobs }, roomLog)
    this.#compactor = compactor
    roomLog.onCheckpoint = (through) => compactor.checkpointed(through)
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
      (why) => seat.link.guard(() => this.guard(() => this.#matched(writer, seat, cursor, why))),
      (error) => seat.link.guard(() => this.#readFailed(seat, error)),
    )
  }

  #matched(writer: RoomWriter, seat: Seat, cursor: Cursor, why: ResetReason | undefined): void {
    if (seat.phase !== 'joining' || this.#writer !== writer) return
    const { ref, link, mayWrite } = seat
    const { after } = cursor
    if (why !== undefined) {
      const isTakenBack = why !== 'compacted' && writer.log.wasTakenBack(cursor)
      return isTakenBack ? this.#turn(seat, cursor) : seat.owner.reset(seat, why)
    }
    const { head } = writer.log
    const { epoch } = writer.log.sequencer
    link.send({ type: 'joined', ref, room: this.number, epoch, head, mayWrite })
    seat.toldHead = head
    if (after === head) seat.joinedLiveAt = after
    this.presence.enter(seat)
    writer.tellRestored(seat)
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

  /**
   * S15: a client has what this log once gave out and does not have any more. Everybody else is sent away for a moment; what is under way to
   * the disk still gets there, and who joins then finds the log under a new epoch.
   */
  #turn(seat: Seat, cursor: Cursor): void {
    this.#waiting.set(seat, cursor)
    if (this.#mustTurn) return
    this.#mustTurn = true
    this.#context.log.warn(
      { room: this.name },
      'a log was taken back; it goes on under a new epoch',
    )
    for (const other of this.#seats) {
      if (!this.#waiting.has(other)) other.link.guard(() => this.#part(other, 'room-fell-back'))
    }
    this.settled()
  }

  /** Nothing of the room is under way to the disk. */
  settled(): void {
    if (this.#writer?.hasUnsettled === true) return
    if (this.#onSettled !== undefined) return this.#onSettled()
    if (!this.#mustTurn || this.#writer === undefined) return
    this.#letGo()
    if (this.#waiting.size > 0) this.#load()
  }

  /**
   * S17: false where there was nothing to delete. Rejects where the store does not take it; then the room goes on. Deletions of one room come one
   * after the other.
   */
  async delete(): Promise<boolean> {
    while (this.#deletion !== undefined) await this.#deletion.catch(() => false)
    this.#deletion = this.#delete()
    return this.#deletion.finally(() => {
      this.#deletion = undefined
      if (this.#waiting.size > 0) this.#load()
    })
  }

  async #delete(): Promise<boolean> {
    for (const seat of this.#seats) seat.link.guard(() => this.#part(seat, 'room-deleted'))
    if (this.#isLoading) await this.#loadEnd()
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve
      this.settled()
    })
    this.#onSettled = undefined
    this.#letGo()
    return deleteLog(this.#context, this.#parts.store, this.name)
  }

  /** S11: back to what is durable: everybody is sent away for a moment, and the next join loads anew. */
  fallBack(code: 'cannot-store' | 'room-fell-back'): void {
    if (this.#writer === undefined) return
    this.#letGo()
    this.#context.figures.fallbacks++
    this.#context.log.warn({ room: this.name, code }, 'a room fell back to its durable state')
    for (const seat of this.#seats) {
      seat.link.guard(() => this.#part(seat, code))
    }
    this.settled()
  }

  #part(seat: Seat, code: keyof typeof SENTENCES): void {
    if (seat.phase === 'gone') return
    const retryAfterMs = PART_CODES[code].final ? 0 : jitteredMs(this.#context, COME_BACK_MS)
    seat.owner.part(seat, code, retryAfterMs, SENTENCES[code])
  }
}
