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
    // Marks are told anew behind it: a relay that was started again may give an old number to somebody else.
    if (isWhole) {
      this.#sessions.clear()
      this.#seen.clear()
    }
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
    let isNews = false
    for (const { session, through } of marks) {
      if (this.#seen.get(session) === through) continue
      this.#seen.set(session, through)
      isNews ||= this.#sessions.has(session)
    }
    if (isNews) this.users.set(this.#byUser())
  }

  /** The connection is gone: what is known of others is old, but they did not leave. */
  get others(): readonly PresentSession[] {
    return [...this.#sessions.values()].filter(({ session }) => session !== this.#self)
  }

  get othersCount(): number {
    const isAmong = this.#self !== undefined && this.#sessions.has(this.#self)
    return this.#sessions.size - (isAmong ? 1 : 0)
  }

  /** How many of the other sessions have applied everything up to `offset`. */
  seenBy(offset: number): number {
    let count = 0
    for (const session of this.#sessions.keys()) {
      if (session !== this.#self && (this.#seen.get(session) ?? 0) >= offset) count++
    }
    return count
  }

  /** What every other session has applied; undefined when there is no other. */
  get seenByAll(): number | undefined {
    const { others } = this
    if (others.length === 0) return undefined
    return Math.min(...others.map(({ session }) => this.#seen.get(session) ?? 0))
  }

  #byUser(): readonly PresentUser[] {
    const users = new Map<string, PresentSession[]>()
    for (const present of this.#sessions.values()) {
      const sessions = users.get(present.user)
      if (sessions === undefined) users.set(present.user, [present])
      else sessions.push(present)
    }
    return [...users].map(([user, sessions]) => ({
      user,
      isSelf: sessions.some(({ session }) => session === this.#self),
      state: sessions.every(({ state }) => state === 'away') ? 'away' : 'here',
      sessions: sessions.map(({ session, state }) => {
        return { session, state, seenThrough: this.#seen.get(session) ?? 0 }
      }),
    }))
  }

  #userNames(): Set<string> {
    return new Set(Array.from(this.#sessions.values(), ({ user }) => user))
  }
}
