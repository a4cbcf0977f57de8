import type { Author } from '../protocol/index.ts'
import type { EventInfo } from './api.ts'
import type { LoggedEvent } from './kept-event.ts'
import type { Payload } from '../protocol/index.ts'

export type EventHandler = (payload: Payload, info: EventInfo) => void

type Failed = (event: LoggedEvent, error: unknown) => void

/** E2: the events of this page load in offset order, and who wants to hear of them. */
export class EventLog {
  readonly #handlers = new Map<string, Set<EventHandler>>()
  readonly #isOwn: (author: Author) => boolean
  readonly #failed: Failed
  /** E6: keys seen, so that an entry that came under two keys counts once. */
  readonly #seen = new Set<string>()
  #events: LoggedEvent[] = []

  constructor(isOwn: (author: Author) => boolean, failed: Failed) {
    this.#isOwn = isOwn
    this.#failed = failed
  }

  get events(): readonly LoggedEvent[] {
    return this.#events
  }

  /** Returns false for an event that is there already under another offset. */
  add(event: LoggedEvent): boolean {
    const key = `${event.author}/${event.seq}`
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    this.#events.push(event)
    for (const handler of this.#handlers.get(event.name) ?? []) this.#call(handler, event)
    return true
  }

  /** Hears first of every event that has come since the page was loaded, then of each as it comes. */
  on(name: string, handler: EventHandler): () => void {
    const handlers = this.#handlers.get(name) ?? new Set()
    this.#handlers.set(name, handlers)
    for (const event of this.#events) if (event.name === name) this.#call(handler, event)
    handlers.add(handler)
    return () => void handlers.delete(handler)
  }

  has({ author, seq }: Pick<LoggedEvent, 'author' | 'seq'>): boolean {
    return this.#seen.has(`${author}/${seq}`)
  }

  /** C9: the log starts anew. */
  clear(): void {
    this.#events = []
    this.#seen.clear()
  }

  isOwn(author: Author): boolean {
    return this.#isOwn(author)
  }

  #call(handler: EventHandler, event: LoggedEvent): void {
    const { offset, author, user, atMs, payload } = event
    try {
      handler(payload, { offset, author, user, own: this.#isOwn(author), atMs })
    } catch (error) {
      this.#failed(event, error)
    }
  }
}
