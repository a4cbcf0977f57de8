import { decodeEntry } from './batch-codec.ts'
import { hashEntry } from './hash.ts'
import type { Author, Millis } from './ids.ts'
import type { HeldRow, OutboxRow } from './outbox-types.ts'
import { earlier } from './room-step.ts'
import type { HandedRow, Run, TabBody, TabId } from './tab-frame.ts'
import { MAX_RUNS } from './tab-frame.ts'
import type { TabLog } from './tab-log.ts'
import type { Tab, TabPeers } from './tab-peers.ts'
import { isIn, runsOf, without } from './tab-runs.ts'
import type { TabRoom, TabWork } from './tab-types.ts'

const MAX_ROWS_BYTES = 256 * 1024
const ROW_OVERHEAD_BYTES = 128
const WANT_AGAIN_MS = 3000

type Rows = Extract<TabBody, { type: 'rows' }>
type Carried = {
  readonly minter: TabId | undefined
  readonly since: Millis
  /** The lowest seq that waits. */
  readonly lowest: number
}

/** Rows on their way between tabs. Rules P3, P4. */
export class TabRows {
  readonly #room: TabRoom
  readonly #peers: TabPeers
  readonly #log: TabLog
  readonly #work: TabWork
  /** How far rows of ours were handed on. */
  readonly #told = new Map<Author, number>()
  #runs: readonly Run[] = []
  #seen = { moves: -1, count: -1 }
  /** Stands behind the last row that was looked at, as long as rows only came. */
  #next: Iterator<HeldRow> = [][Symbol.iterator]()
  /** Whose rows came from tabs, which tab minted them as far as it said so, and since when they wait here. */
  readonly #carried = new Map<Author, Carried>()
  #elsewhere: ReadonlySet<Author> = new Set()
  #wanted: { readonly from: TabId; readonly at: Millis } | undefined

  constructor(room: TabRoom, peers: TabPeers, log: TabLog, work: TabWork) {
    this.#room = room
    this.#peers = peers
    this.#log = log
    this.#work = work
  }

  /** All rows that this page holds. */
  get runs(): readonly Run[] {
    return this.#runs
  }

  /** How many other tabs hold every unsettled entry of this page. */
  get heldBy(): number {
    const { outbox } = this.#room
    if (outbox.unsettledCount === 0 || outbox.drafts().length > 0) return 0
    const { moves, rowCount } = outbox
    const isLookedAt = moves === this.#seen.moves && rowCount === this.#seen.count
    // Asked before a look at what was just minted: nobody has heard of that.
    const runs = isLookedAt ? this.#runs : runsOf(outbox.rows())
    let count = 0
    for (const { state } of this.#peers.all()) {
      if (without(runs, state.holds).length === 0) count++
    }
    return count
  }

  /** Hands on what was minted since the last look; true where what is held has changed. */
  look(): boolean {
    const { outbox } = this.#room
    const { moves, rowCount: count } = outbox
    if (moves === this.#seen.moves && count === this.#seen.count) return false
    if (moves !== this.#seen.moves) this.#next = outbox.rows()[Symbol.iterator]()
    const from = moves === this.#seen.moves ? this.#seen.count : 0
    this.#seen = { moves, count }
    this.#runs = runsOf(outbox.rows())
    const fresh: HeldRow[] = []
    // Never to its end: from there it would see nothing that comes later.
    for (let at = from; at < count; at++) {
      const held = this.#next.next().value as HeldRow
      const { author, seq } = held.row
      if (!held.isOurs || seq <= (this.#told.get(author) ?? 0)) continue
      this.#told.set(author, seq)
      fresh.push(held)
    }
    if (this.#peers.size > 0) for (const part of inParts(fresh)) this.#post(part)
    for (const [author, carried] of this.#carried) {
      const lowest = this.#runs.find((run) => run.author === author)?.from
      if (lowest === undefined) this.#carried.delete(author)
      // It gets on: who sends these rows is not to be helped.
      else if (lowest > carried.lowest) {
        this.#carried.set(author, { ...carried, lowest, since: this.#work.now })
      }
    }
    return true
  }

  /** A tab said what it holds: what is missing here is asked for, a part at a time. */
  heard(tab: Tab): void {
    if (this.#wanted !== undefined && this.#work.now < this.#wanted.at + WANT_AGAIN_MS) return
    this.#want(tab, tab.state.holds)
  }

  answer(runs: readonly Run[]): void {
    const wanted = [...this.#room.outbox.rows()].filter(({ row }) =>
      isIn(runs, row.author, row.seq),
    )
    const [part] = inParts(wanted)
    if (part !== undefined) this.#post(part)
  }

  /** P3: checked, and carried where all that stands before them is here. */
  take(tab: Tab, { before, rows }: Rows): void {
    if (this.#wanted?.from === tab.id) this.#wanted = undefined
    const fresh: OutboxRow[] = []
    for (const handed of rows) {
      const what = this.#judge(handed)
      if (what === 'fresh') fresh.push(this.#rowOf(handed))
      else this.#work.drop(what)
      // One that lies about one row is believed in none.
      if (what === 'forged') return
    }
    if (fresh.length === 0) return
    const missing = this.#lacks(before)
    if (missing.length > 0) {
      this.#work.drop('gap')
      return this.#want(tab, [...missing, ...runsOfHanded(rows)])
    }
    for (const { author, seq, isOurs } of rows) {
      const { minter, since = this.#work.now, lowest = seq } = this.#carried.get(author) ?? {}
      this.#carried.set(author, { minter: isOurs ? tab.id : minter, since, lowest })
    }
    // First whose they are to send: else they would be sent at once.
    this.decide()
    this.#work.effect({ type: 'carry', rows: fresh })
    const held = [...fresh.map(({ author, seq }) => ({ author, from: seq, through: seq }))]
    this.#want(tab, without(tab.state.holds, held))
  }

  /** Who has a link, or is here at all, has changed: who is next waits from now on. */
  linksChanged(): void {
    const { now } = this.#work
    for (const [author, carried] of this.#carried)
      this.#carried.set(author, { ...carried, since: now })
  }

  /** P4: which rows are left to other tabs now. */
  decide(): void {
    const { now, effect } = this.#work
    const authors = new Set<Author>()
    for (const [author] of this.#carried) if (now < this.#dueAt(author)) authors.add(author)
    const before = this.#elsewhere
    const isSame =
      authors.size === before.size && [...authors].every((author) => before.has(author))
    if (isSame) return
    this.#elsewhere = authors
    effect({ type: 'elsewhere', authors })
  }

  deadline(): Millis | undefined {
    let at = this.#wanted && this.#wanted.at + WANT_AGAIN_MS
    for (const author of this.#elsewhere) at = earlier(at, this.#dueAt(author))
    return at
  }

  time(): void {
    const { now } = this.#work
    if (this.#wanted !== undefined && now >= this.#wanted.at + WANT_AGAIN_MS)
      this.#wanted = undefined
  }

  clear(): void {
    this.#wanted = undefined
    this.#carried.clear()
  }

  #dueAt(author: Author): Millis {
    const carried = this.#carried.get(author)
    if (carried === undefined) return 0
    const minter = this.#peers.minterOf(author, carried.minter)
    return carried.since + this.#peers.waitMs(minter)
  }

  #judge(row: HandedRow): 'fresh' | 'own' | 'repeated' | 'forged' {
    const { author, seq, bytes, hash } = row
    const held = this.#room.outbox.get(author, seq)
    if (hashEntry(bytes) !== hash || !this.#room.isAuthentic(row) || seq < 1) return 'forged'
    const entry = decodeEntry(bytes)
    if (typeof entry === 'string' || (entry.kind !== 'update' && entry.kind !== 'event')) {
      return 'forged'
    }
    if (held !== undefined) return held.row.hash === hash ? 'repeated' : 'forged'
    if (this.#room.isOwn(author)) return 'own'
    const first = entry.origin ?? { author, seq }
    const isThere =
      this.#log.has(author, seq) ||
      this.#log.has(first.author, first.seq) ||
      this.#room.isLogged(first.author, first.seq)
    return isThere ? 'repeated' : 'fresh'
  }

  #rowOf({ isOurs: _, ...row }: HandedRow): OutboxRow {
    const { proof, sealed, bytes } = row
    return {
      ...row,
      user: this.#room.user,
      proof: proof?.slice(),
      sealed: sealed && {
        ...sealed,
        key: sealed.key.slice(),
        seal: sealed.seal.slice(),
        pass: sealed.pass?.slice(),
      },
      bytes: bytes.slice(),
    }
  }

  #lacks(runs: readonly Run[]): Run[] {
    return this.#log
      .lacks(without(runs, this.#runs))
      .filter(({ author }) => !this.#room.isOwn(author))
  }

  #want(tab: Tab, from: readonly Run[]): void {
    const runs = this.#lacks(from).slice(0, MAX_RUNS)
    if (runs.length === 0) return
    this.#wanted = { from: tab.id, at: this.#work.now }
    this.#work.post({ type: 'want', to: tab.id, runs })
  }

  #post(part: readonly HeldRow[]): void {
    const last = part.at(-1)!
    const handed = new Set(part)
    const before: HeldRow[] = []
    for (const held of this.#room.outbox.rows()) {
      if (held === last) break
      if (!handed.has(held)) before.push(held)
    }
    const runs = runsOf(before)
    if (runs.length > MAX_RUNS) return
    const rows = part.map(({ row: { user: _, sealed, ...row }, isOurs }) => {
      return { ...row, sealed, isOurs }
    })
    this.#work.post({ type: 'rows', before: runs, rows })
  }
}

const runsOfHanded = (rows: readonly HandedRow[]): readonly Run[] =>
  rows.map(({ author, seq, isOurs }) => ({ author, isOurs, from: seq, through: seq }))

/** Parts of a bounded size; one row at least in each. */
const inParts = (rows: readonly HeldRow[]): readonly (readonly HeldRow[])[] => {
  const parts: HeldRow[][] = []
  let bytes = MAX_ROWS_BYTES
  for (const held of rows) {
    const size = held.row.bytes.length + ROW_OVERHEAD_BYTES
    if (bytes + size > MAX_ROWS_BYTES) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)!.push(held)
    bytes += size
  }
  return parts
}
