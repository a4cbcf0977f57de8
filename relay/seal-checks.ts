import { sealedBytes } from '../protocol/index.ts'
import type { AppendedEntry, Author, Ed25519, RoomName } from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { RelayFigures } from './figures.ts'
import type { Link } from './link.ts'

/** An append of a carrier, whose entries are to be looked at. */
export type CarriedAppend = {
  readonly room: RoomName
  readonly author: Author
  /** The author's public key. */
  readonly key: Uint8Array
  readonly user: string
  readonly firstSeq: number
  readonly entries: readonly AppendedEntry[]
  /** Whether anybody still wants to know. */
  readonly isWanted: () => boolean
  /** So many of the first entries have the author's seal; `isAll` where that are all of them. */
  readonly checked: (good: number, isAll: boolean) => void
}

/** `count`: what it counts for while it waits. */
type Check = CarriedAppend & { at: number; readonly count: number }
type Queue = { readonly link: Link; readonly checks: Check[]; count: number }

/** Of all connections together in one turn of the event loop: about a millisecond. A large entry is hashed as a whole, so bytes count too. */
export const SEALS_PER_TURN = 8
const BYTES_PER_TURN = 256 * 1024
/** With more than so many waiting, a connection is not read: then it has at most what stood in one frame more. */
export const MAX_UNCHECKED = 64

export type SealCheckParts = {
  readonly clock: Pick<Clock, 'soon'>
  readonly figures: RelayFigures
  readonly verify: Ed25519['verify']
}

/**
 * K5: looks at seals in slices, one for each turn of the event loop, and serves connections in turn: whoever sends a thousand of them, good or bad,
 * holds up nobody else by more than one slice a turn.
 */
export class SealChecks {
  readonly #parts: SealCheckParts
  /** Who has something waiting, next one first. */
  readonly #queues = new Map<Link, Queue>()
  readonly #why = {}
  #isScheduled = false

  constructor(parts: SealCheckParts) {
    this.#parts = parts
  }

  /** Appends of one connection are answered in the order in which they came: one that needs no seals, and stands behind others, has no `entries`. */
  check(link: Link, append: CarriedAppend): void {
    const queue = this.#queues.get(link) ?? { link, checks: [], count: 0 }
    const count = Math.max(1, append.entries.length)
    queue.checks.push({ ...append, at: 0, count })
    queue.count += count
    if (queue.count > MAX_UNCHECKED) link.pauseFor(this.#why)
    this.#queues.set(link, queue)
    this.#later()
  }

  /** Whether something of a connection waits to be looked at. */
  isBusyWith(link: Link): boolean {
    return this.#queues.has(link)
  }

  #later(): void {
    if (this.#isScheduled || this.#queues.size === 0) return
    this.#isScheduled = true
    this.#parts.clock.soon(() => {
      this.#isScheduled = false
      this.#slice()
      this.#later()
    })
  }

  #slice(): void {
    let bytes = 0
    for (let seals = 0; seals < SEALS_PER_TURN && bytes < BYTES_PER_TURN; seals++) {
      const [queue] = this.#queues.values()
      if (queue === undefined) return
      // Behind all others, if it has more.
      this.#queues.delete(queue.link)
      bytes += this.#one(queue)
      if (queue.checks.length > 0) this.#queues.set(queue.link, queue)
    }
  }

  /** Looks at the next seal of a connection; gives the bytes that were hashed for it. */
  #one(queue: Queue): number {
    const check = queue.checks[0]!
    const entry = check.entries[check.at]
    if (entry === undefined || !check.isWanted()) {
      this.#end(queue, check, entry === undefined)
      return 0
    }
    this.#parts.figures.sealsChecked++
    if (this.#isGood(check, entry)) {
      check.at++
      this.#release(queue, 1)
      if (check.at === check.entries.length) this.#end(queue, check, true)
    } else {
      this.#parts.figures.badSeals++
      this.#end(queue, check, false)
    }
    return entry.bytes.length
  }

  #isGood(check: Check, { bytes, seal }: AppendedEntry): boolean {
    if (seal === undefined) return false
    const { room, author, user, key } = check
    const seq = check.firstSeq + check.at
    return this.#parts.verify(key, sealedBytes({ room, author, seq, user, bytes }), seal)
  }

  #end(queue: Queue, check: Check, isAll: boolean): void {
    queue.checks.shift()
    this.#release(queue, check.count - check.at)
    if (check.isWanted()) queue.link.guard(() => check.checked(check.at, isAll))
  }

  #release(queue: Queue, count: number): void {
    const wasOver = queue.count > MAX_UNCHECKED
    queue.count -= count
    if (wasOver && queue.count <= MAX_UNCHECKED) queue.link.resumeFor(this.#why)
  }
}
