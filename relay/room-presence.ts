import { encodeFrame } from '../protocol/index.ts'
import type { DownFrame, PresenceState, PresentSession } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { Seat } from './seat.ts'
import type { Session } from './session.ts'
import { Throttle } from './throttle.ts'

/**
 * C5: from so many people on marks are told less often, the more people the less: else there would be more marks in each telling and more who are told,
 * and what each page reads of them would grow with the room.
 */
const FREELY_TOLD = 100

type Stay = {
  readonly session: Session
  user: string
  state: PresenceState
  /** Undefined while no connection of the session has this room joined: the lease runs. */
  seat: Seat | undefined
  leaseUntil: number
  /** C5: how far the session has applied the log. */
  through: number
}

/** Who is in one room and who has seen what. It outlives the room's log: a room that falls back keeps its people. */
export class RoomPresence {
  readonly #context: RelayContext
  readonly #room: number
  readonly #stays = new Map<number, Stay>()
  readonly #changes = new Map<number, PresentSession>()
  readonly #movedMarks = new Set<number>()
  readonly #tellChanges: Throttle
  readonly #tellMarks: Throttle

  constructor(context: RelayContext, room: number) {
    const { clock, tuning } = context
    this.#context = context
    this.#room = room
    this.#tellChanges = new Throttle(clock, { everyMs: () => tuning.broadcastMs }, () =>
      this.#broadcastChanges(),
    )
    // What everybody has read of one batch comes from all of them at nearly the same time.
    const everyMs = (): number => tuning.marksMs * Math.max(1, this.#stays.size / FREELY_TOLD)
    const marks = { everyMs, firstMs: tuning.marksFirstMs }
    this.#tellMarks = new Throttle(clock, marks, () => this.#broadcastMarks())
  }

  get isEmpty(): boolean {
    return this.#stays.size === 0
  }

  /** A session joined, or came back: then nobody else hears of it unless something is different. */
  enter(seat: Seat): void {
    const { session, user } = seat
    const stay = this.#stays.get(session.number)
    if (stay === undefined) {
      const state = stateOf(session)
      this.#stays.set(session.number, { session, user, state, seat, leaseUntil: 0, through: 0 })
      session.stays++
      this.#change(session, user, state)
    } else {
      stay.seat = seat
      this.#adjust(stay, user)
    }
    this.tellWhole(seat)
  }

  /** Everybody here, and all marks. */
  tellWhole(seat: Seat): void {
    const stays = [...this.#stays.values()]
    const sessions = stays.map(({ session, user, state }) => present(session, user, state))
    seat.missedBroadcasts = false
    seat.link.send({ type: 'presence', room: this.#room, isWhole: true, sessions })
    const marks = stays
      .filter(({ through }) => through > 0)
      .map(({ session, through }) => ({ session: session.number, through }))
    if (marks.length > 0) seat.link.send({ type: 'seen', room: this.#room, marks })
  }

  /** The seat's session is gone for good. */
  leave(seat: Seat, state: Extract<PresenceState, 'left' | 'timed-out'>): void {
    const stay = this.#stays.get(seat.session.number)
    const isOthers = stay?.seat !== undefined && stay.seat !== seat
    if (stay !== undefined && !isOthers) this.#end(stay, state)
  }

  /** The seat is gone; its session may come back until its lease ends. */
  detach(seat: Seat, leaseUntil: number): void {
    const stay = this.#stays.get(seat.session.number)
    if (stay?.seat !== seat) return
    stay.seat = undefined
    stay.leaseUntil = leaseUntil
  }

  /** The session's page was hidden or shown. */
  turned({ session }: Seat): void {
    const stay = this.#stays.get(session.number)
    if (stay !== undefined) this.#adjust(stay, stay.user)
  }

  received({ session }: Seat, through: number): void {
    const stay = this.#stays.get(session.number)
    if (stay === undefined || through <= stay.through) return
    stay.through = through
    this.#movedMarks.add(session.number)
    this.#tellMarks.request()
  }

  receivedThrough({ session }: Seat): number {
    return this.#stays.get(session.number)?.through ?? 0
  }

  sweep(now: number): void {
    for (const stay of this.#stays.values()) {
      if (stay.seat === undefined && now >= stay.leaseUntil) this.#end(stay, 'timed-out')
    }
  }

  stop(): void {
    this.#tellChanges.stop()
    this.#tellMarks.stop()
  }

  /** Tells the others only of what is different: a session that comes back does not flicker. */
  #adjust(stay: Stay, user: string): void {
    const state = stateOf(stay.session)
    if (stay.user === user && stay.state === state) return
    stay.user = user
    stay.state = state
    this.#change(stay.session, user, state)
  }

  #end(stay: Stay, state: 'left' | 'timed-out'): void {
    const { session, user } = stay
    this.#stays.delete(session.number)
    this.#movedMarks.delete(session.number)
    session.stays--
    if (state === 'timed-out') this.#context.figures.sessionsTimedOut++
    this.#change(session, user, state)
  }

  #change(session: Session, user: string, state: PresenceState): void {
    this.#changes.set(session.number, present(session, user, state))
    this.#tellChanges.request()
  }

  #broadcastChanges(): void {
    const sessions = [...this.#changes.values()]
    this.#changes.clear()
    const own = sessions.length === 1 ? sessions[0]!.session : undefined
    this.#broadcast({ type: 'presence', room: this.#room, isWhole: false, sessions }, own)
  }

  #broadcastMarks(): void {
    const marks: { session: number; through: number }[] = []
    for (const number of this.#movedMarks) {
      const stay = this.#stays.get(number)
      if (stay !== undefined) marks.push({ session: number, through: stay.through })
    }
    this.#movedMarks.clear()
    if (marks.length > 0) this.#broadcast({ type: 'seen', room: this.#room, marks }, undefined)
  }

  /** W16: who has too much queued gets the whole of it later. */
  #broadcast(frame: DownFrame, except: number | undefined): void {
    const bytes = encodeFrame(frame)
    for (const { session, seat } of this.#stays.values()) {
      if (seat === undefined || session.number === except) continue
      if (seat.link.isOverHighWater) seat.missedBroadcasts = true
      else seat.link.sendEncoded(frame.type, bytes)
    }
  }
}

const stateOf = ({ isHidden }: Session): PresenceState => (isHidden ? 'away' : 'here')

const present = (session: Session, user: string, state: PresenceState): PresentSession => ({
  session: session.number,
  user,
  state,
})
