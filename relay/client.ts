import { isRoomName } from '../protocol/index.ts'
import type { PartCode, ResetReason, UpFrame, Whole } from '../protocol/index.ts'
import { checkedGrant, whenAnswered } from './authority.ts'
import type { Authorize, Grant } from './authority.ts'
import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Link } from './link.ts'
import type { Peer } from './peer.ts'
import { Producers } from './producers.ts'
import type { RoomHost } from './room-host.ts'
import type { Rooms } from './rooms.ts'
import { Seat } from './seat.ts'
import type { HeldBudget, SeatOwner } from './seat.ts'
import type { Session, Sessions } from './session.ts'

type UpFrameOf<Type extends UpFrame['type']> = Extract<UpFrame, { type: Type }>

/** How a connection ended, as far as its session's rooms are concerned. */
export type Departure = 'left' | 'timed-out' | 'lost' | 'superseded'

export type ClientParts = {
  readonly rooms: Rooms
  readonly sessions: Sessions
  readonly authorize: Authorize
}

/** Who said `hello`. */
export type Visitor = {
  readonly token: string
  readonly user: string
  readonly session: Session
  readonly peer: Peer
}

const RETRY_MS = 1000
const HELD_SLACK_BYTES = 64 * 1024

/** A welcomed connection: its seats in rooms, its producers, and what each of its frames means. */
export class Client implements SeatOwner {
  readonly session: Session
  readonly heartbeat: Heartbeat
  readonly #context: RelayContext
  readonly #parts: ClientParts
  readonly #visitor: Visitor
  readonly #link: Link
  readonly #seats = new Map<number, Seat>()
  readonly #held: HeldBudget
  readonly #hosts = new Map<Seat, RoomHost>()
  readonly #producers: Producers

  constructor(context: RelayContext, parts: ClientParts, visitor: Visitor, link: Link) {
    this.#context = context
    this.#parts = parts
    this.#visitor = visitor
    this.#link = link
    this.session = visitor.session
    // A window, and one entry that alone is larger (O11).
    const { windowBytes, maxFrameBytes } = context.limits
    const maxBytes = windowBytes + Math.max(windowBytes, maxFrameBytes) + HELD_SLACK_BYTES
    this.#held = { bytes: 0, maxBytes }
    this.#producers = new Producers(context, link, this.#hosts)
    this.heartbeat = new Heartbeat(context.clock, link, this.#hosts)
  }

  get seats(): Iterable<Seat> {
    return this.#seats.values()
  }

  get producerCount(): number {
    return this.#producers.count
  }

  take(frame: Whole<UpFrame>): void {
    switch (frame.type) {
      case 'hello':
        return this.#link.end('out-of-order', 'hello: there is one on a connection')
      case 'join':
        return this.#join(frame)
      case 'leave':
        return this.#leave(frame.ref)
      case 'open':
        return this.#open(frame)
      case 'carry':
        return this.#carry(frame)
      case 'append':
        return this.#producers.append(frame)
      case 'beat':
        return this.#beat(frame)
      case 'pull':
        return this.#withSeat(frame.ref, 0, (seat, host) => host.pull(seat, frame))
      case 'received':
        return this.#withSeat(frame.ref, 0, (seat, host) => host.received(seat, frame.through))
      case 'signal': {
        const { ref, bytes } = frame
        return this.#withSeat(ref, bytes.length, (seat, host) => host.signal(seat, bytes))
      }
      case 'ask':
        // Whoever asks for a room that he is not in has missed that he was sent away.
        if (!this.#seats.has(frame.ref)) {
          return this.#refuse(frame.ref, 'room-fell-back', 'You are not in this room any more.')
        }
        return this.#withSeat(frame.ref, 0, (seat, host) => this.#view(seat, host))
      case 'vouch':
        return this.#withSeat(frame.ref, 0, (seat, host) => host.vouch(seat))
      case 'repair': {
        const bytes = frame.batches.reduce((sum, batch) => sum + batch.length, 0)
        return this.#withSeat(frame.ref, bytes, (seat, host) => host.repair(seat, frame))
      }
    }
  }

  /** What waits too long for its room or its authorization is sent away for a while. */
  partOverdue(now: number): void {
    for (const seat of this.#seats.values()) {
      if (seat.phase !== 'joining' || now - seat.since < this.#context.tuning.joinMs) continue
      const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
      this.part(seat, 'cannot-load', retryAfterMs, 'The room takes too long to load.')
    }
  }

  part(seat: Seat, code: PartCode, retryAfterMs: number, reason: string): void {
    this.#forget(seat, 'lost')
    this.#context.figures.parted++
    this.#link.send({ type: 'parted', ref: seat.ref, code, retryAfterMs, reason })
  }

  reset(seat: Seat, why: ResetReason): void {
    this.#forget(seat, 'lost')
    this.#context.figures.resets++
    this.#link.send({ type: 'reset', ref: seat.ref, why })
  }

  /** The connection is over. */
  end(departure: Departure): void {
    for (const seat of this.#seats.values()) this.#forget(seat, departure)
  }

  /** Every trace of a seat, and what becomes of its session in the room. */
  #forget(seat: Seat, departure: Departure): void {
    const host = this.#hosts.get(seat)
    this.#seats.delete(seat.ref)
    this.#hosts.delete(seat)
    this.#producers.forget(seat)
    seat.end()
    if (host === undefined) return
    host.remove(seat)
    if (departure === 'left' || departure === 'timed-out') {
      return host.presence.leave(seat, departure)
    }
    // Whoever took the session over was heard just now.
    const isHeardNow = departure === 'superseded'
    const heardAt = isHeardNow ? this.#context.clock.now() : this.#link.heardAt
    host.presence.detach(seat, this.#parts.sessions.leaseUntil(this.session, heardAt))
  }

  #join(frame: UpFrameOf<'join'>): void {
    const { ref, name, epoch, after, chain, proof } = frame
    if (this.#seats.has(ref)) {
      return this.#link.end('malformed-frame', `join: ref ${ref} is in use`)
    }
    if (!isRoomName(name)) {
      return this.#refuse(
        ref,
        'bad-room-name',
        "A room's name has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _.",
      )
    }
    // A client that joins a room again has given up its older seat there.
    for (const older of this.#seats.values()) {
      if (older.name === name) this.#forget(older, 'lost')
    }
    const { limits, clock } = this.#context
    if (this.#seats.size >= limits.maxRooms) {
      return this.#refuse(
        ref,
        'too-many-rooms',
        `At most ${limits.maxRooms} rooms on a connection.`,
      )
    }
    const place = { ref, name, since: clock.now() }
    const seat = new Seat(place, this.#link, this, this.session, this.#held)
    this.#seats.set(ref, seat)
    const { token, user, peer } = this.#visitor
    whenAnswered(
      () => this.#parts.authorize(token, name, { user, ...peer }),
      (grant) => this.#link.guard(() => this.#granted(seat, { epoch, after, chain, proof }, grant)),
      (error) => this.#link.guard(() => this.#undecided(seat, error)),
    )
  }

  #refuse(ref: number, code: PartCode, reason: string): void {
    this.#context.figures.parted++
    this.#link.send({ type: 'parted', ref, code, retryAfterMs: 0, reason })
  }

  #granted(
    seat: Seat,
    cursor: Pick<UpFrameOf<'join'>, 'epoch' | 'after' | 'chain' | 'proof'>,
    answer: Grant,
  ): void {
    if (seat.phase !== 'joining') return
    let grant: Grant
    try {
      grant = checkedGrant(answer)
    } catch (error) {
      return this.#undecided(seat, error)
    }
    if (!grant.read) return this.part(seat, 'forbidden', 0, 'You may not read this room.')
    seat.user = grant.user
    seat.mayWrite = grant.write
    const host = this.#parts.rooms.get(seat.name)
    this.#hosts.set(seat, host)
    host.guard(() => host.join(seat, cursor))
  }

  /** W18: no answer is no permission, but neither is it a refusal. */
  #undecided(seat: Seat, error: unknown): void {
    if (seat.phase !== 'joining') return
    this.#context.log.error({ room: seat.name, err: error }, 'authorize could not decide')
    const retryAfterMs = jitteredMs(this.#context, RETRY_MS)
    this.part(seat, 'overloaded', retryAfterMs, 'The relay cannot tell now whether you may enter.')
  }

  #leave(ref: number): void {
    const seat = this.#seats.get(ref)
    if (seat === undefined) return this.#drop()
    this.#forget(seat, 'left')
  }

  /** W4: what was sent before its sender could know that nobody is there. */
  #drop(): void {
    this.#context.figures.droppedFrames++
  }

  #withSeat(ref: number, bytes: number, run: (seat: Seat, host: RoomHost) => void): void {
    const seat = this.#seats.get(ref)
    if (seat === undefined) return this.#drop()
    seat.whenJoined(bytes, () => {
      const host = this.#hosts.get(seat)!
      host.guard(() => run(seat, host))
    })
  }

  #open(frame: UpFrameOf<'open'>): void {
    const seat = this.#seats.get(frame.ref)
    if (seat === undefined) return this.#drop()
    this.#producers.open(frame, seat)
  }

  #carry(frame: UpFrameOf<'carry'>): void {
    const seat = this.#seats.get(frame.ref)
    if (seat === undefined) return this.#drop()
    this.#producers.carry(frame, seat)
  }

  #beat({ n, isHidden, sent }: UpFrameOf<'beat'>): void {
    if (isHidden !== this.session.isHidden) this.turn(isHidden)
    this.heartbeat.beaten(n)
    this.#producers.sent(sent)
  }

  /** The page was hidden or shown. */
  turn(isHidden: boolean): void {
    this.session.isHidden = isHidden
    for (const [seat, host] of this.#hosts) host.presence.turned(seat)
  }

  /** W17 */
  #view(seat: Seat, host: RoomHost): void {
    const { clock } = this.#context
    const { connectedAt, heardAt, queuedBytes } = this.#link
    this.#link.send({
      type: 'view',
      ref: seat.ref,
      session: this.session.number,
      user: seat.user,
      head: host.head,
      received: host.presence.receivedThrough(seat),
      isLagging: seat.phase !== 'live',
      queuedBytes,
      openProducers: this.#producers.openCountOf(seat),
      connectedMs: Math.round(clock.now() - connectedAt),
      silentMs: Math.round(clock.now() - heardAt),
    })
  }
}
