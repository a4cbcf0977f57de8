import type { Epoch, Millis } from './ids.ts'
import { LogProof } from './log-proof.ts'
import type { Vouched } from './log-proof.ts'
import type { PeerBody } from './peer-frame.ts'
import type { Peer, PeerRoom, PeerWork } from './peer-types.ts'
import { upTo } from './tab-log.ts'

/** R13: a part of a log as it goes from peer to peer. */
const PART_BYTES = 1024 * 1024
/** So long a peer has for a part, and so long peers are waited for where there is none to ask. */
const ANSWER_MS = 2000
const NOBODY_MS = 1500
/** So long in all. */
const MOST_MS = 12_000
/** What waits to be proven; a longer log is pulled. */
const MOST_BYTES = 64 * 1024 * 1024
/** What one peer gets over one link. */
const MOST_GIVEN_BYTES = 128 * 1024 * 1024

type Log = Extract<PeerBody, { type: 'log' }>
type Want = Extract<PeerBody, { type: 'want' }>
type Search = {
  readonly epoch: Epoch
  readonly vouched: Vouched
  readonly asked: Set<number>
  readonly since: Millis
  from: Peer | undefined
  askedAt: Millis
  proof: LogProof
}

/** The log of a room from peer to peer. Rules C15, R13. */
export class PeerLog {
  readonly #room: Pick<PeerRoom, 'name' | 'epoch'>
  readonly #work: PeerWork
  /** What each peer got, or is to get as soon as it is read. */
  readonly #given = new WeakMap<Peer, { bytes: number; isReading: boolean }>()
  #search: Search | undefined
  #fetchedBytes = 0
  #givenBytes = 0

  constructor(room: Pick<PeerRoom, 'name' | 'epoch'>, work: PeerWork) {
    this.#room = room
    this.#work = work
  }

  /** Of what this page reads of the log: what the relay did not have to send. */
  get fetchedBytes(): number {
    return this.#fetchedBytes
  }

  get givenBytes(): number {
    return this.#givenBytes
  }

  deadline(): Millis | undefined {
    if (this.#search === undefined) return undefined
    const { since, from, askedAt } = this.#search
    return Math.min(since + MOST_MS, from === undefined ? since + NOBODY_MS : askedAt + ANSWER_MS)
  }

  /** The relay has said what log is looked for. */
  begin(vouched: Vouched): void {
    const { now } = this.#work
    const epoch = this.#room.epoch()
    if (epoch === undefined) return this.#over([])
    const proof = new LogProof(this.#room.name, vouched)
    const begun = { asked: new Set<number>(), since: now, from: undefined, askedAt: now }
    this.#search = { epoch, vouched, proof, ...begun }
  }

  /** Another log is read, or none. */
  end(): void {
    this.#search = undefined
  }

  /** Asks the next peer, where one has not been asked. */
  look(peers: Iterable<Peer>): void {
    const search = this.#search
    if (search === undefined || search.from !== undefined) return
    for (const peer of peers) {
      if (!peer.isKnown || search.asked.has(peer.id)) continue
      search.asked.add(peer.id)
      search.from = peer
      search.proof = new LogProof(this.#room.name, search.vouched)
      return this.#want(search, peer)
    }
    if (this.#work.now >= search.since + NOBODY_MS) this.#over([])
  }

  time(): void {
    const search = this.#search
    const { now } = this.#work
    if (search === undefined) return
    if (now >= search.since + MOST_MS) return this.#over([])
    if (search.from !== undefined && now >= search.askedAt + ANSWER_MS) search.from = undefined
  }

  unlinked(id: number): void {
    if (this.#search?.from?.id === id) this.#search.from = undefined
  }

  /** A peer asks this page. */
  asked(peer: Peer, { epoch, after }: Want): void {
    const given = this.#givenOf(peer)
    if (given.isReading) return this.#work.drop('repeated')
    if (given.bytes >= MOST_GIVEN_BYTES) return this.#send(peer, after, [])
    given.isReading = true
    this.#work.effect({ type: 'readLog', peer: peer.id, epoch, after })
  }

  /** What the driver read for it: batches behind `after`, none where it has not all of them. */
  read(peer: Peer, after: number, batches: readonly Uint8Array[]): void {
    this.#givenOf(peer).isReading = false
    this.#send(peer, after, upTo(batches, PART_BYTES))
  }

  /** A peer's answer. */
  take(peer: Peer, { after, batches }: Log): void {
    const search = this.#search
    if (search?.from !== peer || search.proof.through !== after) return this.#work.drop('old')
    if (batches.length === 0) {
      search.from = undefined
      return
    }
    const { proof } = search
    const end = proof.take(batches)
    if (end === 'forged') return this.#work.offends(peer, 'forged')
    if (end === 'proven') {
      this.#fetchedBytes += proof.bytes
      return this.#over(proof.batches)
    }
    if (end === 'unproven') {
      this.#work.drop('unproven')
      search.from = undefined
    } else if (proof.bytes > MOST_BYTES) this.#over([])
    else this.#want(search, peer)
  }

  #want(search: Search, peer: Peer): void {
    search.askedAt = this.#work.now
    this.#work.send(peer, { type: 'want', epoch: search.epoch, after: search.proof.through })
  }

  #over(batches: readonly Uint8Array[]): void {
    this.#search = undefined
    this.#work.effect({ type: 'proven', batches })
  }

  #send(peer: Peer, after: number, batches: readonly Uint8Array[]): void {
    const bytes = batches.reduce((sum, batch) => sum + batch.length, 0)
    this.#givenOf(peer).bytes += bytes
    this.#givenBytes += bytes
    this.#work.send(peer, { type: 'log', after, batches })
  }

  #givenOf(peer: Peer): { bytes: number; isReading: boolean } {
    const known = this.#given.get(peer) ?? { bytes: 0, isReading: false }
    this.#given.set(peer, known)
    return known
  }
}
