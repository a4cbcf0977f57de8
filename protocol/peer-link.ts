import type { Machine } from './machine.ts'
import type { Millis } from './ids.ts'
import { decodePeerFrame, encodePeerFrame } from './peer-frame.ts'
import type { PeerBody, PeerScope } from './peer-frame.ts'
import { PeerLog } from './peer-log.ts'
import { PeerReceipts } from './peer-receipts.ts'
import { PeerRows } from './peer-rows.ts'
import type {
  Peer,
  PeerDrop,
  PeerEffect,
  PeerInput,
  PeerOffence,
  PeerRoom,
  PeerWork,
  RelayWay,
} from './peer-types.ts'
import { earlier } from './room-step.ts'
import { isStrangers } from './standing.ts'

/** R2: a page says so often that it is there, and is gone for who has not heard it for so long. */
const BEAT_MS = 2000
const SILENT_MS = 7000
/** A page that does nothing for longer than between two beats stood still itself: what the others said meanwhile is still to be read. */
const STALL_MS = 2 * BEAT_MS
const GRACE_MS = 2000
/** What is held is told a little later, so that many entries make one frame. */
const TELL_MS = 100
/** R5: so long, with a link all the while, and the relay still does not take it: a hole before it, or no pass. */
export const FORSAKE_MS: number = 10 * 60_000

/**
 * One room of one page among the pages that it has direct links to: what waits is handed on, what others hand over is carried, receipts of the relay
 * go back. Rules R2 to R8 and R13 of SPEC.md. It makes no links, knows no secrets, and settles nothing but by a receipt that verifies.
 */
export class PeerLink implements Machine<PeerInput, PeerEffect> {
  readonly #room: PeerRoom
  readonly #scope: PeerScope
  readonly #peers = new Map<number, Peer>()
  readonly #rows: PeerRows
  readonly #receipts: PeerReceipts
  readonly #log: PeerLog
  readonly #work: PeerWork
  readonly #dropped = new Map<PeerDrop, number>()
  #effects: PeerEffect[] = []
  #way: RelayWay
  #liveSince: Millis = 0
  #beatAt: Millis = 0
  #tellAt: Millis | undefined

  constructor(room: PeerRoom, scope: PeerScope) {
    this.#room = room
    this.#scope = scope
    this.#way = room.way()
    this.#work = {
      now: 0,
      effect: (effect) => this.#effects.push(effect),
      send: (peer, body) => this.#send(peer, body),
      drop: (why, count) => this.#drop(why, count),
      offends: (peer, why) => this.#offends(peer, why),
      toSay: () => {
        this.#tellAt ??= this.#work.now + TELL_MS
      },
    }
    this.#rows = new PeerRows(room, this.#work)
    this.#receipts = new PeerReceipts(room, this.#work)
    this.#log = new PeerLog(room, this.#work)
  }

  /** The peers that are linked. */
  get links(): number {
    return this.#peers.size
  }

  /** How many of them hold every unsettled entry of this page; 0 where it has none. */
  get heldBy(): number {
    return this.#peers.size === 0 ? 0 : this.#rows.heldBy(this.#peers.values())
  }

  /** How many receipts this page gave to others. */
  get receiptsBrought(): number {
    return this.#receipts.brought
  }

  /** Bytes of the log that peers brought to this page, and that it gave to them. */
  get logBytes(): { readonly fetched: number; readonly given: number } {
    return { fetched: this.#log.fetchedBytes, given: this.#log.givenBytes }
  }

  /** How much was dropped, by cause. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped)
  }

  deadline(): Millis | undefined {
    const forsakeAt = earlier(this.#forsakeAt(), this.#log.deadline())
    if (this.#peers.size === 0) return forsakeAt
    let at = earlier(earlier(this.#beatAt, this.#tellAt), earlier(this.#rows.deadline(), forsakeAt))
    for (const { heardAt } of this.#peers.values()) at = earlier(at, heardAt + SILENT_MS)
    return at
  }

  handle(input: PeerInput, now: Millis): readonly PeerEffect[] {
    this.#effects = []
    if (now >= this.#work.now + STALL_MS) this.#stoodStill(now)
    this.#work.now = now
    this.#take(input)
    // Of a part nothing is known yet, and there may be many.
    if (input.type !== 'part') this.#look()
    return this.#effects
  }

  #take(input: PeerInput): void {
    switch (input.type) {
      case 'linked': {
        const peer = newPeer(input.peer, this.#work.now)
        this.#peers.set(input.peer, peer)
        return this.#say(peer)
      }
      case 'unlinked':
        if (this.#peers.delete(input.peer)) this.#rows.wayChanged()
        return this.#log.unlinked(input.peer)
      case 'message':
        return this.#message(input.peer, input.bytes)
      case 'part': {
        const peer = this.#peers.get(input.peer)
        if (peer !== undefined) peer.heardAt = this.#work.now
        return
      }
      case 'applied':
        for (const { batch } of input.batches) {
          for (const { author, seq } of batch.records) this.#rows.logged(author, seq)
        }
        return
      case 'receipted':
        return this.#receipts.keep(input.receipt)
      case 'vouched':
        return this.#log.begin(input.vouched)
      case 'readLog': {
        const peer = this.#peers.get(input.peer)
        if (peer !== undefined) this.#log.read(peer, input.after, input.batches)
        return
      }
      case 'reset':
        this.#log.end()
        this.#rows.reset()
        return this.#receipts.clear()
      case 'look':
        return
      case 'time':
        return this.#time()
    }
  }

  #look(): void {
    const way = this.#room.way()
    if (way !== this.#way) {
      this.#way = way
      this.#liveSince = this.#work.now
      this.#rows.wayChanged()
      this.#sayToAll()
    }
    this.#log.look(this.#peers.values())
    if (this.#peers.size === 0) return
    if (this.#rows.look(this.#peers.values())) this.#work.toSay()
    for (const peer of this.#peers.values()) this.#receipts.offer(peer)
    this.#rows.hand([...this.#peers.values()])
  }

  #stoodStill(now: Millis): void {
    for (const peer of this.#peers.values()) {
      peer.heardAt = Math.max(peer.heardAt, now - SILENT_MS + GRACE_MS)
    }
  }

  #time(): void {
    const { now } = this.#work
    this.#log.time()
    for (const peer of this.#peers.values()) {
      if (now < peer.heardAt + SILENT_MS) continue
      this.#drop('silent')
      this.#end(peer, false)
    }
    const isToTell = this.#tellAt !== undefined && now >= this.#tellAt
    if (isToTell || now >= this.#beatAt) this.#sayToAll()
    const forsakeAt = this.#forsakeAt()
    if (forsakeAt !== undefined && now >= forsakeAt) this.#forsake()
  }

  #message(id: number, bytes: Uint8Array): void {
    const peer = this.#peers.get(id)
    if (peer === undefined) return
    const frame = decodePeerFrame(bytes)
    if (typeof frame === 'string') return this.#offends(peer, frame)
    if (frame.scope !== this.#scope) return this.#offends(peer, 'foreign')
    peer.heardAt = this.#work.now
    const { body } = frame
    switch (body.type) {
      case 'state':
        if (peer.isLive !== body.isLive) this.#rows.wayChanged()
        peer.isKnown = true
        peer.isLive = body.isLive
        peer.isFull = body.isFull
        peer.holds = body.holds
        return this.#receipts.forget(peer, this.#work.now)
      case 'entries':
        return this.#rows.take(peer, body)
      case 'receipts':
        return this.#receipts.take(peer, body)
      case 'want':
        return this.#log.asked(peer, body)
      case 'log':
        return this.#log.take(peer, body)
    }
  }

  #say(peer: Peer): void {
    const isFull = this.#rows.isFullFor(peer)
    if (!isFull) Object.assign(peer, { refused: 0, refusedBytes: 0 })
    this.#send(peer, {
      type: 'state',
      isLive: this.#way === 'live',
      isFull,
      holds: this.#rows.holds,
    })
  }

  #sayToAll(): void {
    this.#rows.look(this.#peers.values())
    for (const peer of this.#peers.values()) this.#say(peer)
    this.#tellAt = undefined
    this.#beatAt = this.#work.now + BEAT_MS
  }

  #send({ id: peer }: Peer, body: PeerBody): void {
    this.#effects.push({
      type: 'send',
      peer,
      bytes: encodePeerFrame({ scope: this.#scope, body }),
    })
  }

  #offends(peer: Peer, why: PeerOffence): void {
    if (!this.#peers.has(peer.id)) return
    this.#drop(why)
    this.#end(peer, why !== 'version')
  }

  #end({ id: peer }: Peer, isOffence: boolean): void {
    this.#peers.delete(peer)
    this.#rows.wayChanged()
    this.#log.unlinked(peer)
    this.#effects.push({ type: 'end', peer, isOffence })
  }

  #forsakeAt(): Millis | undefined {
    const { oldest } = this.#room.outbox.carried
    if (this.#way !== 'live' || oldest === undefined) return undefined
    return Math.max(oldest, this.#liveSince) + FORSAKE_MS
  }

  #forsake(): void {
    for (const held of this.#room.outbox.rows()) {
      const { row, isAcked, heldSince } = held
      const isOver = heldSince + FORSAKE_MS <= this.#work.now
      if (!isStrangers(held) || isAcked || !isOver) continue
      this.#effects.push({ type: 'forsake', key: { author: row.author, seq: row.seq } })
    }
  }

  #drop(why: PeerDrop, count = 1): void {
    this.#dropped.set(why, (this.#dropped.get(why) ?? 0) + count)
  }
}

const newPeer = (id: number, now: Millis): Peer => ({
  id,
  heardAt: now,
  isKnown: false,
  isLive: false,
  isFull: false,
  holds: [],
  handed: new Map(),
  told: new Map(),
  brought: new Map(),
  broughtBytes: 0,
  refused: 0,
  refusedBytes: 0,
  repeated: 0,
})
