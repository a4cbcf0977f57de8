import type { RelayContext } from './context.ts'

/** The connection that speaks for a session. */
export interface SessionOwner {
  readonly heardAt: number
  superseded(): void
}

/** One page's stay: it survives the connections that it comes on. `number` is what others know it by. */
export class Session {
  readonly number: number
  /** The connection that said its secret last, while that one is open. */
  owner: SessionOwner | undefined
  isHidden = false
  /** Until when it is kept without a connection. */
  leaseUntil = 0
  /** Rooms that it is present in. */
  stays = 0

  constructor(number: number) {
    this.number = number
  }
}

/** W12: sessions by their secret. */
export class Sessions {
  readonly #context: RelayContext
  readonly #bySecret = new Map<string, Session>()
  #nextNumber = 1

  constructor(context: RelayContext) {
    this.#context = context
  }

  get count(): number {
    return this.#bySecret.size
  }

  /** The session of a secret, for a connection that said it: an older connection is closed `superseded`. */
  take(secret: string, owner: SessionOwner): Session {
    const session = this.#bySecret.get(secret) ?? new Session(this.#nextNumber++)
    this.#bySecret.set(secret, session)
    const before = session.owner
    session.owner = owner
    if (before !== undefined) {
      this.#context.figures.takeovers++
      before.superseded()
    }
    return session
  }

  /** A connection is gone. A late one that was taken over changes nothing. */
  release(session: Session, owner: SessionOwner): void {
    if (session.owner !== owner) return
    session.owner = undefined
    session.leaseUntil = this.leaseUntil(session, owner.heardAt)
  }

  /** W12: only what the client sends keeps its lease. */
  leaseUntil({ isHidden }: Session, heardAt: number): number {
    const { silenceMs, hiddenLeaseMs } = this.#context.limits
    return heardAt + (isHidden ? hiddenLeaseMs : silenceMs)
  }

  /** Forgets sessions that are in no room and whose lease is over. */
  sweep(now: number): void {
    for (const [secret, session] of this.#bySecret) {
      const isOver = session.owner === undefined && session.stays === 0
      if (isOver && now >= session.leaseUntil) this.#bySecret.delete(secret)
    }
  }
}
