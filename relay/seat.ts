import type { PartCode, ResetReason, RoomName } from '../protocol/index.ts'
import type { Link } from './link.ts'
import type { Session } from './session.ts'

/*
 *  joining ──joined──► catching-up ◄──────── more queued than the high-water mark, or a pull
 *     │                    │                                                     ▲
 *     │                    └── page that ends at the head ──► live ──────────────┘
 *     └── parted, reset          (a cursor at the head is live at once)
 *  gone: left, parted, reset, or its connection ended
 */
export type SeatPhase = 'joining' | 'catching-up' | 'live' | 'gone'

export type Pull = { readonly after: number; readonly maxBytes: number }

/** The client whose seat it is: only there are all traces of a seat known. */
export interface SeatOwner {
  /** Says `parted` and forgets the seat. */
  part(seat: Seat, code: PartCode, retryAfterMs: number, reason: string): void
  /** Says `reset` and forgets the seat. */
  reset(seat: Seat, why: ResetReason): void
}

/** A message's own weight in memory beside its bytes. */
const HELD_FRAME_BYTES = 64

/**
 * What one connection may have waiting behind joins that are not answered yet: one budget for all its seats, since
 * nobody has been authorized for anything until then.
 */
export type HeldBudget = { bytes: number; readonly maxBytes: number }

/** One room joined on one connection: the client's `ref`. */
export class Seat {
  readonly ref: number
  readonly name: RoomName
  readonly link: Link
  readonly owner: SeatOwner
  readonly session: Session
  readonly since: number
  phase: SeatPhase = 'joining'
  /** As whom and with what rights, once the join is authorized. */
  user = ''
  mayWrite = false
  /** C6: the head that the client is known to have been told. */
  toldHead = 0
  /** Until the first pull: the cursor of a join that was live at once. A pull from there was sent before we answered. */
  joinedLiveAt: number | undefined
  /** The pull that is being answered, and the newest one behind it. */
  answering: Pull | undefined
  waitingPull: Pull | undefined
  /** W16: presence or marks were not sent while too much was queued. */
  missedBroadcasts = false
  /** What this connection appended here and is not settled yet. */
  unsettledEntries = 0
  unsettledBytes = 0
  /** The sequencer's names for the producers that are open here. */
  readonly writers: Set<number> = new Set()
  /** Why reading is paused while that is too much. */
  readonly fullWindow: object = {}
  readonly #budget: HeldBudget
  #held: (() => void)[] = []
  #heldBytes = 0

  constructor(
    place: { readonly ref: number; readonly name: RoomName; readonly since: number },
    link: Link,
    owner: SeatOwner,
    session: Session,
    budget: HeldBudget,
  ) {
    this.ref = place.ref
    this.name = place.name
    this.since = place.since
    this.link = link
    this.owner = owner
    this.session = session
    this.#budget = budget
  }

  get isJoined(): boolean {
    return this.phase === 'catching-up' || this.phase === 'live'
  }

  /** Runs now, or when the join is answered with `joined`, in the order of the calls; otherwise never. */
  whenJoined(bytes: number, run: () => void): void {
    if (this.phase === 'gone') return
    if (this.isJoined) return run()
    this.#held.push(run)
    this.#heldBytes += bytes + HELD_FRAME_BYTES
    this.#budget.bytes += bytes + HELD_FRAME_BYTES
    if (this.#budget.bytes > this.#budget.maxBytes) this.link.pauseFor(this)
  }

  joined(phase: 'catching-up' | 'live'): void {
    this.phase = phase
    this.#giveBack()
    for (const run of this.#held.splice(0)) if (this.isJoined) this.link.guard(run)
  }

  end(): void {
    this.phase = 'gone'
    this.#held = []
    this.answering = undefined
    this.waitingPull = undefined
    this.#giveBack()
    this.link.resumeFor(this.fullWindow)
  }

  /** A pause ends with the seat that asked for it; another seat's next frame asks again while there is too much. */
  #giveBack(): void {
    this.#budget.bytes -= this.#heldBytes
    this.#heldBytes = 0
    this.link.resumeFor(this)
  }
}
