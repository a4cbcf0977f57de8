import { MAX_PEER_LINKS, neighboursOf } from '../../protocol/index.ts'
import type { Millis, Payload } from '../../protocol/index.ts'
import type { Clock, PeerCall, PeerCallEvents, PeerServers, Peers } from '../ports.ts'

/** What goes by the relay's signals: `n` tells one attempt from another. */
type Word = {
  readonly to: number
  readonly n: number
  readonly kind: 'offer' | 'answer'
  readonly text: string
}

export type PeerMeshParts = {
  readonly peers: Peers
  readonly servers: PeerServers
  readonly clock: Clock
  /** In [0, 1): what tells attempts apart, no secret. */
  readonly random: () => number
  /** To all of the room, by the relay. */
  readonly signal: (payload: Payload) => void
  readonly linked: (session: number) => void
  readonly unlinked: (session: number) => void
  readonly message: (session: number, bytes: Uint8Array) => void
  readonly part: (session: number) => void
  readonly changed: () => void
}

type Attempt = {
  readonly session: number
  readonly n: number
  readonly call: PeerCall
  readonly isOurs: boolean
  isOpen: boolean
}

const OPEN_MS = 12_000
const FIRST_RETRY_MS = 3000
const LAST_RETRY_MS = 120_000
/** A page answers nobody more often than that. */
const ANSWER_EVERY_MS = 1000

/**
 * R1: the direct links of one page in one room. Of two that are to have one, the one with the higher session number calls. A session is who the relay says that it is; a
 * link stays when the relay loses sight of either.
 */
export class PeerMesh {
  readonly #parts: PeerMeshParts
  readonly #attempts = new Map<number, Attempt>()
  readonly #failures = new Map<number, { readonly count: number; readonly retryAt: Millis }>()
  readonly #answeredAt = new Map<number, Millis>()
  readonly #banned = new Set<number>()
  #self: number | undefined
  #others: readonly number[] = []
  #failed = 0
  #cancelWake: () => void = () => {}

  constructor(parts: PeerMeshParts) {
    this.#parts = parts
  }

  /** How many links are open. */
  get open(): number {
    return [...this.#attempts.values()].filter(({ isOpen }) => isOpen).length
  }

  /** How many attempts came to nothing. */
  get failed(): number {
    return this.#failed
  }

  /** What the relay says, while there is a link to it: our own number and who else is in the room. */
  present(self: number, others: readonly number[]): void {
    if (this.#self !== undefined && self !== this.#self) this.close()
    this.#self = self
    this.#others = others
    this.#look()
  }

  /** What another session of the room signalled: its number is the relay's word, the rest anybody's. */
  heard(session: number, payload: Payload): void {
    const word = wordIn(payload)
    if (word === undefined || word.to !== this.#self || this.#banned.has(session)) return
    const known = this.#attempts.get(session)
    if (word.kind === 'answer') {
      if (known?.n === word.n && known.isOurs && !known.isOpen) known.call.answered(word.text)
      return
    }
    const now = this.#parts.clock.now()
    const isSoon = now < (this.#answeredAt.get(session) ?? -ANSWER_EVERY_MS) + ANSWER_EVERY_MS
    if (session <= this.#self || isSoon) return
    if (known === undefined && this.#attempts.size >= MAX_PEER_LINKS) return
    this.#answeredAt.set(session, now)
    if (known !== undefined) this.end(session)
    this.#begin(session, word.n, false, (events) =>
      this.#parts.peers.answer(this.#parts.servers, word.text, events),
    )
  }

  send(session: number, bytes: Uint8Array): void {
    this.#attempts.get(session)?.call.send(bytes)
  }

  /** `isOffence`: none is made to that session again. */
  end(session: number, isOffence = false): void {
    if (isOffence) this.#banned.add(session)
    const attempt = this.#attempts.get(session)
    if (attempt === undefined) return
    this.#over(attempt)
    attempt.call.close()
  }

  close(): void {
    this.#cancelWake()
    for (const session of this.#attempts.keys()) this.end(session)
    this.#failures.clear()
    this.#answeredAt.clear()
    this.#banned.clear()
    this.#self = undefined
  }

  #look(): void {
    this.#cancelWake()
    const self = this.#self
    if (self === undefined) return
    const now = this.#parts.clock.now()
    let wakeAt: Millis | undefined
    const wanted = neighboursOf(self, this.#others).filter((one) => !this.#banned.has(one))
    this.#makeRoom(wanted)
    for (const session of wanted) {
      if (session > self || this.#attempts.has(session)) continue
      const { retryAt = 0 } = this.#failures.get(session) ?? {}
      if (now < retryAt) wakeAt = Math.min(wakeAt ?? retryAt, retryAt)
      else if (this.#attempts.size < MAX_PEER_LINKS) this.#call(session)
    }
    if (wakeAt !== undefined) this.#cancelWake = this.#parts.clock.wake(wakeAt, () => this.#look())
  }

  /** A link to somebody who is nobody's neighbour any more gives way, but not one to a page that the relay does not see: that one needs it. */
  #makeRoom(wanted: readonly number[]): void {
    const missing = wanted.filter((session) => !this.#attempts.has(session)).length
    let over = this.#attempts.size + missing - MAX_PEER_LINKS
    for (const session of this.#attempts.keys()) {
      if (over <= 0) return
      if (wanted.includes(session) || !this.#others.includes(session)) continue
      this.end(session)
      over--
    }
  }

  #call(session: number): void {
    const n = Math.floor(this.#parts.random() * 2 ** 32)
    this.#begin(session, n, true, (events) => this.#parts.peers.call(this.#parts.servers, events))
  }

  #begin(
    session: number,
    n: number,
    isOurs: boolean,
    begin: (events: PeerCallEvents) => PeerCall,
  ): void {
    const { clock, signal, linked, message, part, changed } = this.#parts
    const isCurrent = (): boolean => this.#attempts.get(session) === attempt
    const call = begin({
      described: (text) => {
        const kind = isOurs ? 'offer' : 'answer'
        if (isCurrent()) signal({ to: session, n, kind, text })
      },
      opened: () => {
        if (!isCurrent()) return
        attempt.isOpen = true
        this.#failures.delete(session)
        linked(session)
        changed()
      },
      message: (bytes) => {
        if (isCurrent() && attempt.isOpen) message(session, bytes)
      },
      part: () => {
        if (isCurrent() && attempt.isOpen) part(session)
      },
      closed: (isOffence) => {
        if (isOffence) this.#banned.add(session)
        if (isCurrent()) this.#over(attempt)
      },
    })
    const attempt: Attempt = { session, n, call, isOurs, isOpen: false }
    this.#attempts.set(session, attempt)
    clock.wake(clock.now() + OPEN_MS, () => {
      if (isCurrent() && !attempt.isOpen) this.end(session)
    })
  }

  #over({ session, isOpen }: Attempt): void {
    this.#attempts.delete(session)
    const { clock, unlinked, changed } = this.#parts
    if (!isOpen) this.#failed++
    const count = isOpen ? 0 : (this.#failures.get(session)?.count ?? 0) + 1
    const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** count)
    this.#failures.set(session, { count, retryAt: clock.now() + waitMs })
    if (isOpen) unlinked(session)
    changed()
    clock.wake(clock.now(), () => this.#look())
  }
}

const wordIn = (payload: Payload): Word | undefined => {
  if (typeof payload !== 'object' || payload === null || payload instanceof Uint8Array)
    return undefined
  const { to, n, kind, text } = payload as Partial<Record<keyof Word, unknown>>
  const isWord =
    typeof to === 'number' &&
    typeof n === 'number' &&
    (kind === 'offer' || kind === 'answer') &&
    typeof text === 'string'
  return isWord ? { to, n, kind, text } : undefined
}
