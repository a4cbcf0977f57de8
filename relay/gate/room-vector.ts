import type { GateLimits } from './gate-limits.ts'
import { settle } from './settle.ts'
import type { Settled } from './settle.ts'
import type { Section, Walk } from './update-walk.ts'
import { decodeVector, encodeVector } from './vector-codec.ts'

/**
 * `missing-dependency`: it fits later, when what it builds on is there, or when whoever holds a Yjs client has written it or has gone.
 * `poisonous-update`: it never fits.
 */
export type Verdict =
  | { readonly code: 'fits' }
  | { readonly code: 'missing-dependency' | 'poisonous-update'; readonly sentence: string }

/**
 * Whether `author` may still write what it has not written yet: its producer is open, it is another user's than the sender, and no
 * update of its own waits for a dependency.
 */
export type IsLive = (author: string) => boolean

/** What is known of a Yjs client. `author` is who wrote it last, alone, and `run` how many times in a row, up to {@link HELD}. */
type Known = { readonly clock: number; readonly author: string | null; readonly run: number }

/** What an update that was taken changed. */
export type Taken = readonly (readonly [client: number, known: Known])[]

/**
 * G12: so many updates in a row make an author the holder. One is not enough: whoever offers what a relay lost, and lost of one other
 * page only, writes one such update with that page's Yjs client.
 */
const HELD = 2

const FITS: Verdict = { code: 'fits' }

/**
 * What a room's log contains of its document, as one number for each Yjs client, and who writes with which. Memory grows with the Yjs
 * clients that ever wrote in the room, about 140 bytes each with an author of 32 letters, and with nothing else: what does not fit is not remembered.
 */
export class RoomVector {
  readonly #limits: GateLimits
  readonly #known = new Map<number, Known>()

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** The clock that the room's next struct of a Yjs client has; 0 for one that it does not know. */
  clockOf(client: number): number {
    return this.#known.get(client)?.clock ?? 0
  }

  /** Every Yjs client with its next clock. */
  *clocks(): Generator<readonly [client: number, clock: number]> {
    for (const [client, { clock }] of this.#known) yield [client, clock]
  }

  /** The author that holds a Yjs client (G12), or null. */
  holderOf(client: number): string | null {
    const known = this.#known.get(client)
    return known !== undefined && known.run >= HELD ? known.author : null
  }

  /** Where the clocks of an update's Yjs clients would stand behind it. */
  settle(walk: Walk): Settled {
    return settle(walk, (client) => this.clockOf(client))
  }

  /** Whether an update of `author` can be appended to the room's log now. Changes nothing. */
  check(walk: Walk, author: string, isLive: IsLive, settled: Settled = this.settle(walk)): Verdict {
    const tooMany = this.#tooMany(walk)
    if (tooMany !== null) return { code: 'poisonous-update', sentence: tooMany }
    const foreign = walk.sections.filter((section) => this.#isForeign(section, author, isLive))
    const poison = this.#farAhead(foreign) ?? circleOf(settled)
    if (poison !== null) return { code: 'poisonous-update', sentence: poison }
    const missing = gapOf(settled) ?? this.#missingDelete(walk, settled) ?? aheadOf(foreign)
    if (missing !== null) return { code: 'missing-dependency', sentence: missing }
    return FITS
  }

  /**
   * An update of `author` is in the log. Of one that does not fit, as logs of before the gate may have, what can be placed counts.
   */
  take(walk: Walk, author: string, { clocks }: Settled = this.settle(walk)): Taken {
    const isAlone = walk.sections.length === 1
    const taken: (readonly [number, Known])[] = []
    for (const [client, clock] of clocks) {
      const known = this.#known.get(client) ?? { clock: 0, author: null, run: 0 }
      if (clock > known.clock) taken.push([client, wroteNext(known, { clock, author, isAlone })])
    }
    this.adopt(taken)
    return taken
  }

  /** What another vector, that was equal to this one, has taken. */
  adopt(taken: Taken): void {
    for (const [client, known] of taken) this.#known.set(client, known)
  }

  copy(): RoomVector {
    const copy = new RoomVector(this.#limits)
    copy.adopt([...this.#known])
    return copy
  }

  /** G14: as if it came from {@link encode}: a holder holds again once it has written again. For after a log was read. */
  resume(): void {
    for (const [client, { clock, author, run }] of this.#known) {
      const holder = run < HELD ? null : author
      this.#known.set(client, { clock, author: holder, run: holder === null ? 0 : 1 })
    }
  }

  /** Bytes for a checkpoint: equal vectors give equal bytes. */
  encode(): Uint8Array {
    const rows = [...this.#known].map(([client, { clock }]) => {
      return { client, clock, holder: this.holderOf(client) }
    })
    return encodeVector(rows.toSorted((a, b) => a.client - b.client))
  }

  /** Total: the vector, or a sentence that says why the bytes are none. */
  static decode(bytes: Uint8Array, limits: GateLimits): RoomVector | string {
    const rows = decodeVector(bytes)
    if (typeof rows === 'string') return rows
    const vector = new RoomVector(limits)
    for (const { client, clock, holder } of rows) {
      vector.#known.set(client, { clock, author: holder, run: holder === null ? 0 : 1 })
    }
    return vector
  }

  /** G13: whether a section goes beyond what the room has of a Yjs client that another author holds, and that one is here. */
  #isForeign(section: Section, author: string, isLive: IsLive): boolean {
    const holder = this.holderOf(section.client)
    if (holder === null || holder === author) return false
    return endOf(section) > this.clockOf(section.client) && isLive(holder)
  }

  #farAhead(foreign: readonly Section[]): string | null {
    const most = this.#limits.maxForeignClocks
    const far = foreign.find((section) => endOf(section) - this.clockOf(section.client) > most)
    if (far === undefined) return null
    return `more than ${most} clocks are claimed of Yjs client ${far.client}, which somebody else holds`
  }

  #tooMany(walk: Walk): string | null {
    const { maxNewClients, maxClients } = this.#limits
    const fresh = walk.sections.filter(({ client }) => !this.#known.has(client)).length
    if (fresh > maxNewClients) return `${fresh} new Yjs clients in one update`
    if (fresh > 0 && this.#known.size + fresh > maxClients) {
      return `the room would have more than ${maxClients} Yjs clients`
    }
    return null
  }

  #missingDelete(walk: Walk, { clocks }: Settled): string | null {
    for (const { client, ranges } of walk.deletes) {
      const clock = clocks.get(client) ?? this.clockOf(client)
      const beyond = ranges.find(({ end }) => end > clock)
      if (beyond !== undefined) return lacks(client, beyond.end - 1)
    }
    return null
  }
}

/** G12: who writes several Yjs clients at once holds none of them by that, and loses none. */
const wroteNext = (
  known: Known,
  {
    clock,
    author,
    isAlone,
  }: { readonly clock: number; readonly author: string; readonly isAlone: boolean },
): Known => {
  const isSame = known.author === author
  if (isAlone) return { clock, author, run: isSame ? Math.min(known.run + 1, HELD) : 1 }
  return isSame && known.run > 0
    ? { clock, author, run: known.run }
    : { clock, author: null, run: 0 }
}

const endOf = ({ runs }: Section): number => runs.at(-1)!.end

const lacks = (client: number, clock: number): string =>
  `the room does not have clock ${clock} of Yjs client ${client}`

const circleOf = ({ stuck }: Settled): string | null => {
  if (stuck?.why !== 'circle') return null
  return `what needs clock ${stuck.clock} of Yjs client ${stuck.client} is needed by it`
}

const gapOf = ({ stuck }: Settled): string | null =>
  stuck === null ? null : lacks(stuck.client, stuck.clock)

const aheadOf = ([first]: readonly Section[]): string | null => {
  if (first === undefined) return null
  return `who holds Yjs client ${first.client} is here and has not written this itself`
}
