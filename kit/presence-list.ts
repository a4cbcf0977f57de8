import type { PresentSession } from '../protocol/index.ts'
import type { PresenceChange, PresentUser } from './api.ts'
import { Watched, callApp } from './watched.ts'

/** Who is in the room: users, each with every page they have open, and how far each page has read. */
export class PresenceList {
  readonly users: Watched<readonly PresentUser[]> = new Watched<readonly PresentUser[]>([])
  readonly #handlers = new Set<(change: PresenceChange) => void>()
  #sessions = new Map<number, PresentSession>()
  #seen = new Map<number, number>()
  #self: number | undefined

  /** Hears whose first page came and whose last one went. */
  onChange(handler: (change: PresenceChange) => void): () => void {
    this.#handlers.add(handler)
    return () => void this.#handlers.delete(handler)
  }

  /** Takes what the relay says; `self` is our own number, which changes when the relay forgets us. */
  take(isWhole: boolean, sessions: readonly PresentSession[], self: number | undefined): void {
    this.#self = self
    const before = this.#userNames()
    if (isWhole) this.#sessions.clear()
    const wentBy = new Map<string, 'left' | 'timed-out'>()
    for (const present of sessions) {
      const { session, user, state } = present
      if (state === 'left' || state === 'timed-out') {
        this.#sessions.delete(session)
        this.#seen.delete(session)
        wentBy.set(user, state)
      } else {
        this.#sessions.set(session, present)
      }
    }
    const after = this.#userNames()
    const changes: PresenceChange[] = []
    for (const user of after) if (!before.has(user)) changes.push({ user, change: 'joined' })
    for (const user of before) {
      if (!after.has(user)) changes.push({ user, change: wentBy.get(user) ?? 'left' })
    }
    this.users.set(this.#byUser())
    for (const change of changes) {
      for (const handler of this.#handlers) callApp(() => handler(change))
    }
  }

  takeSeen(marks: readonly { readonly session: number; readonly through: number }[]): void {
    for (const { session, through } of marks) this.#seen.set(session, through)
  }

  /** The connection is gone: what is known of others is old, but they did not leave. */
  get others(): readonly PresentSession[] {
    return [...this.#sessions.values()].filter(({ session }) => session !== this.#self)
  }

  /** How many of the other sessions have applied everything up to `offset`. */
  seenBy(offset: number): number {
    return this.others.filter(({ session }) => (this.#seen.get(session) ?? 0) >= offset).length
  }

  #byUser(): readonly PresentUser[] {
    const users = new Map<string, PresentSession[]>()
    for (const present of this.#sessions.values()) {
      users.set(present.user, [...(users.get(present.user) ?? []), present])
    }
    return [...users].map(([user, sessions]) => ({
      user,
      isSelf: sessions.some(({ session }) => session === this.#self),
      state: sessions.every(({ state }) => state === 'away') ? 'away' : 'here',
      sessions: sessions.map(({ session, state }) => ({ session, state })),
    }))
  }

  #userNames(): Set<string> {
    return new Set(Array.from(this.#sessions.values(), ({ user }) => user))
  }
}
