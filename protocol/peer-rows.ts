import { authorOfKey, hashEntry } from './hash.ts'
import { keyOf } from './ids.ts'
import type { Author, Millis } from './ids.ts'
import type { HeldRow } from './outbox-types.ts'
import type { HandedEntry, PeerBody } from './peer-frame.ts'
import type { Peer, PeerRoom, PeerWork, TakenRow } from './peer-types.ts'
import { earlier } from './room-step.ts'
import { isStrangers } from './standing.ts'
import { MAX_RUNS } from './tab-frame.ts'
import type { Run } from './tab-frame.ts'
import { isIn, runsOf, without } from './tab-runs.ts'

/** A signature takes a millisecond here and two to check there: so many at a time, and then something else. */
const HAND_ROWS = 32
const HAND_BYTES = 256 * 1024
const HAND_PAUSE_MS = 50
const HAND_AGAIN_MS = 3000
/** One peer with a link carries; should nothing come of it, one more. */
const NEXT_CARRIER_MS = 2000
/** R5: what waits here for one peer, and for all; bytes with what a row costs beside its entry. */
export const MAX_PEER_ENTRIES = 1024
export const MAX_PEER_BYTES: number = 8 * 1024 * 1024
export const MAX_CARRIED_ENTRIES = 4096
export const MAX_CARRIED_BYTES: number = 32 * 1024 * 1024
/** Each opens a producer at the relay, which counts those of a connection. */
export const MAX_CARRIED_AUTHORS = 128
const MOST_REPEATED = 4096
const ROW_OVERHEAD_BYTES = 256
const MOST_MARKS = 4096

type Entries = Extract<PeerBody, { type: 'entries' }>

/** Entries on their way between peers. Rules R3 to R6. */
export class PeerRows {
  readonly #room: PeerRoom
  readonly #work: PeerWork
  #seen = ''
  #holds: readonly Run[] = []
  /** The highest seq of each author that was seen in the log, of those that were seen last. */
  readonly #marks = new Map<Author, number>()
  /** Since when the oldest entry that waits here has been waiting in vain: who carries beside the first follows from it. */
  #since: Millis = 0
  #first: HeldRow | undefined
  #handAt: Millis | undefined

  constructor(room: PeerRoom, work: PeerWork) {
    this.#room = room
    this.#work = work
  }

  /** What of all rows waits, whoever's it is. */
  get holds(): readonly Run[] {
    return this.#holds
  }

  /** How many of these peers say that they hold every unsettled entry of this profile; 0 where it has none. */
  heldBy(peers: Iterable<Peer>): number {
    const { outbox } = this.#room
    if (outbox.unsettledCount === 0 || outbox.drafts().length > 0) return 0
    const own = runsOf(waiting(outbox.rows(), (held) => !isStrangers(held)))
    let count = 0
    for (const { holds } of peers) if (without(own, holds).length === 0) count++
    return count
  }

  /** True where what is held has changed since the last look. */
  look(peers: Iterable<Peer>): boolean {
    const { moves, rowCount, unsettledCount, carried } = this.#room.outbox
    const seen = [moves, rowCount, unsettledCount, carried.count].join()
    if (seen === this.#seen) return false
    this.#seen = seen
    this.#holds = runsOf(waiting(this.#room.outbox.rows()))
    const [first] = waiting(this.#room.outbox.rows())
    if (first !== this.#first) this.wayChanged()
    this.#first = first
    for (const peer of peers) this.#prune(peer)
    return true
  }

  /** Who is to carry is asked anew from now on. */
  wayChanged(): void {
    this.#since = this.#work.now
  }

  /** S1: seqs of one author are dense in the log, so what is below its mark is in it. */
  logged(author: Author, seq: number): void {
    const before = this.#marks.get(author) ?? 0
    this.#marks.delete(author)
    this.#marks.set(author, Math.max(before, seq))
    if (this.#marks.size <= MOST_MARKS) return
    const [oldest] = this.#marks.keys()
    this.#marks.delete(oldest!)
  }

  reset(): void {
    this.#marks.clear()
  }

  /** R3: what waits here goes to those who have no link either, so that it is with more than one, and to one who has. */
  hand(peers: readonly Peer[]): void {
    this.#handAt = undefined
    if (this.#room.way() !== 'apart' || this.#first === undefined) return
    const live = peers.filter(({ isLive }) => isLive).toSorted((one, other) => one.id - other.id)
    const carriers = this.#carriers(live.length)
    if (carriers < live.length) this.#wakeAt(this.#since + carriers * NEXT_CARRIER_MS)
    const apart = peers.filter(({ isLive }) => !isLive)
    for (const peer of [...apart, ...live.slice(0, carriers)]) {
      if (peer.isKnown && !peer.isFull) this.#handTo(peer)
    }
  }

  /** Compared and not divided: by another rounding than that of the deadline the time for one more would be now, for ever. */
  #carriers(most: number): number {
    let carriers = 1
    while (carriers < most && this.#work.now >= this.#since + carriers * NEXT_CARRIER_MS) carriers++
    return carriers
  }

  #handTo(peer: Peer): void {
    const { now } = this.#work
    const before: HeldRow[] = []
    const entries: HandedEntry[] = []
    let [count, bytes, handedBytes] = [0, 0, 0]
    for (const held of waiting(this.#room.outbox.rows())) {
      const { row } = held
      bytes += row.bytes.length + ROW_OVERHEAD_BYTES
      // More than the other may take of one is not offered: the rest when these are settled.
      if (++count > MAX_PEER_ENTRIES || (bytes > MAX_PEER_BYTES && count > 1)) break
      const key = keyOf(row.author, row.seq)
      const againAt = (peer.handed.get(key) ?? -HAND_AGAIN_MS) + HAND_AGAIN_MS
      if (isIn(peer.holds, row.author, row.seq) || now < againAt) {
        if (now < againAt) this.#wakeAt(againAt)
        before.push(held)
        continue
      }
      const isOver = entries.length > 0 && handedBytes + row.bytes.length > HAND_BYTES
      if (entries.length >= HAND_ROWS || isOver) {
        this.#wakeAt(now + HAND_PAUSE_MS)
        break
      }
      const entry = this.#room.handedOf(row)
      // What stands behind an entry that cannot be handed on cannot be either (P2).
      if (entry === undefined) break
      entries.push(entry)
      handedBytes += row.bytes.length
      peer.handed.set(key, now)
    }
    const runs = runsOf(before)
    if (entries.length > 0 && runs.length <= MAX_RUNS) {
      this.#work.send(peer, { type: 'entries', before: runs, entries })
    }
  }

  /** R4, R5: checked, and carried where all that stands before them is here. */
  take(peer: Peer, { before, entries }: Entries): void {
    const { drop, offends, effect, toSay } = this.#work
    if (this.#room.way() === 'barred') return drop('barred', entries.length)
    if (this.#lacks(before)) {
      toSay()
      drop('gap', entries.length)
      return this.#inVain(peer, entries.length)
    }
    const fresh = new Map<string, TakenRow>()
    for (const [at, entry] of entries.entries()) {
      const author = authorOfKey(entry.key)
      const what = this.#judge(author, entry, fresh)
      if (what === 'full' || (what === 'fresh' && this.#isOver(peer, author, fresh))) {
        this.#refuse(peer, entries.slice(at))
        break
      }
      if (what !== 'fresh') {
        drop(what)
        this.#inVain(peer, 1)
        continue
      }
      const taken = this.#room.take(entry)
      // Who lies about one entry is believed in none.
      if (typeof taken === 'string') return offends(peer, 'forged')
      fresh.set(keyOf(author, entry.seq), taken)
    }
    // Of an entry of this page's own that it does not hold nobody has looked at the seal.
    this.#heldThere(
      peer,
      entries.filter(({ key, seq }) => {
        const author = authorOfKey(key)
        const isHere = this.#room.outbox.get(author, seq) !== undefined
        return isHere || fresh.has(keyOf(author, seq))
      }),
    )
    if (fresh.size === 0) return
    peer.repeated = 0
    for (const [key, { bytes }] of fresh) {
      peer.brought.set(key, bytes.length)
      peer.broughtBytes += bytes.length + ROW_OVERHEAD_BYTES
    }
    effect({ type: 'carry', rows: [...fresh.values()] })
    toSay()
  }

  /** Whether a peer is told that no more is taken of it now. */
  isFullFor({ brought, broughtBytes }: Peer): boolean {
    const { count, bytes } = this.#room.outbox.carried
    return (
      brought.size >= MAX_PEER_ENTRIES ||
      broughtBytes >= MAX_PEER_BYTES ||
      count >= MAX_CARRIED_ENTRIES ||
      bytes + count * ROW_OVERHEAD_BYTES >= MAX_CARRIED_BYTES
    )
  }

  deadline(): Millis | undefined {
    return this.#handAt
  }

  #wakeAt(at: Millis): void {
    this.#handAt = earlier(this.#handAt, at)
  }

  #lacks(before: Entries['before']): boolean {
    const { outbox } = this.#room
    const wanted = before.map((run) => ({ ...run, isOurs: false }))
    const marks = before.map(({ author }) => {
      return { author, from: 1, through: this.#marks.get(author) ?? 0 }
    })
    const missing = without(without(wanted, marks), runsOf(outbox.rows()))
    return missing.some(({ author }) => !this.#room.isOwn(author))
  }

  #judge(
    author: Author,
    entry: HandedEntry,
    fresh: ReadonlyMap<string, TakenRow>,
  ): 'fresh' | 'own' | 'repeated' | 'full' {
    const { seq, bytes } = entry
    const held = this.#room.outbox.get(author, seq)?.row ?? fresh.get(keyOf(author, seq))
    // Other bytes under a key that is held: its author's doing, or a lie, which the seal tells.
    if (held !== undefined) return held.hash === hashEntry(bytes) ? 'repeated' : this.#other(entry)
    if (this.#room.isOwn(author)) return 'own'
    // Who has a link offers it to the relay once more, which gives a receipt for it: its author waits for that.
    const isLogged = seq <= (this.#marks.get(author) ?? 0)
    return isLogged && this.#room.way() !== 'live' ? 'repeated' : 'fresh'
  }

  #other(entry: HandedEntry): 'fresh' | 'repeated' {
    return typeof this.#room.take(entry) === 'string' ? 'fresh' : 'repeated'
  }

  #isOver(peer: Peer, author: Author, fresh: ReadonlyMap<string, TakenRow>): boolean {
    const { outbox } = this.#room
    if (peer.brought.size + fresh.size >= MAX_PEER_ENTRIES) return true
    if (outbox.carried.count + fresh.size >= MAX_CARRIED_ENTRIES || this.isFullFor(peer))
      return true
    const authors = new Set(Array.from(fresh.values(), (row) => row.author))
    for (const held of outbox.rows()) if (isStrangers(held)) authors.add(held.row.author)
    return !authors.has(author) && authors.size >= MAX_CARRIED_AUTHORS
  }

  /** R5: who is told that there is no place, and goes on, floods. */
  #refuse(peer: Peer, entries: readonly HandedEntry[]): void {
    peer.refused += entries.length
    for (const { bytes } of entries) peer.refusedBytes += bytes.length
    this.#work.drop('full', entries.length)
    this.#work.toSay()
    if (peer.refused <= MAX_PEER_ENTRIES && peer.refusedBytes <= MAX_PEER_BYTES) return
    this.#work.offends(peer, 'flood')
  }

  #inVain(peer: Peer, count: number): void {
    peer.repeated += count
    if (peer.repeated > MOST_REPEATED) this.#work.offends(peer, 'flood')
  }

  /** Who hands on an entry holds it, though its word of that comes a little later. */
  #heldThere(peer: Peer, entries: readonly HandedEntry[]): void {
    const runs = entries.map(({ key, seq }) => {
      return { author: authorOfKey(key), from: seq, through: seq }
    })
    peer.holds = [...peer.holds, ...without(runs.map(asRun), peer.holds)].slice(-MAX_HOLDS)
  }

  #prune(peer: Peer): void {
    const { outbox } = this.#room
    for (const [key, bytes] of peer.brought) {
      const [author, seq] = key.split('/')
      if (outbox.get(author as Author, Number(seq))?.isAcked === false) continue
      peer.brought.delete(key)
      peer.broughtBytes -= bytes + ROW_OVERHEAD_BYTES
    }
    for (const [key, at] of peer.handed) {
      if (this.#work.now >= at + HAND_AGAIN_MS) peer.handed.delete(key)
    }
  }
}

/** What a peer says is as much; what it brings besides until it says so has a bound too. */
const MAX_HOLDS: number = MAX_RUNS + MAX_PEER_ENTRIES

const asRun = (run: Omit<Run, 'isOurs'>): Run => ({ ...run, isOurs: false })

/** The rows that are not acked, in their order. */
const waiting = function* (
  rows: Iterable<HeldRow>,
  isMeant: (held: HeldRow) => boolean = () => true,
): Generator<HeldRow> {
  for (const held of rows) if (!held.isAcked && isMeant(held)) yield held
}
