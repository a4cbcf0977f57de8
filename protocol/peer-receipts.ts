import { keyOf } from './ids.ts'
import type { Author, Millis } from './ids.ts'
import type { HandedReceipt, PeerBody } from './peer-frame.ts'
import type { Peer, PeerRoom, PeerWork } from './peer-types.ts'
import { isIn } from './tab-runs.ts'

const TELL_AGAIN_MS = 3000
const MOST_AUTHORS = 1024
/** A receipt reaches as far back as the relay remembers, so that the newest ones say all. */
const KEPT_OF_AUTHOR = 4
const MOST_AT_ONCE = 64

/** R7: the relay's receipts on their way back, over whoever holds what they are for. */
export class PeerReceipts {
  readonly #room: PeerRoom
  readonly #work: PeerWork
  /** By author, the newest last. */
  readonly #kept = new Map<Author, readonly HandedReceipt[]>()
  #brought = 0

  constructor(room: PeerRoom, work: PeerWork) {
    this.#room = room
    this.#work = work
  }

  /** How many receipts this page gave to others. */
  get brought(): number {
    return this.#brought
  }

  /** One that the relay itself said, or that was verified. */
  keep(receipt: HandedReceipt): void {
    const { author } = receipt
    const others = (this.#kept.get(author) ?? []).filter((one) => one.through !== receipt.through)
    this.#kept.delete(author)
    this.#kept.set(author, [...others, receipt].slice(-KEPT_OF_AUTHOR))
    if (this.#kept.size <= MOST_AUTHORS) return
    const [oldest] = this.#kept.keys()
    this.#kept.delete(oldest!)
  }

  /** C9: they are of a log that is gone. */
  clear(): void {
    this.#kept.clear()
  }

  /** To whom it waits for: told again while that one says that it still waits. */
  offer(peer: Peer): void {
    const { now } = this.#work
    const receipts: HandedReceipt[] = []
    for (const kept of this.#kept.values()) {
      for (const receipt of kept) {
        const { author, through } = receipt
        const key = keyOf(author, through)
        const isDue = now >= (peer.told.get(key) ?? -TELL_AGAIN_MS) + TELL_AGAIN_MS
        if (!isDue || !isIn(peer.holds, author, through) || receipts.length >= MOST_AT_ONCE)
          continue
        peer.told.set(key, now)
        receipts.push(receipt)
      }
    }
    if (receipts.length === 0) return
    this.#brought += receipts.length
    this.#work.send(peer, { type: 'receipts', receipts })
  }

  /** K8: nothing is looked at closely that would change nothing. */
  take(peer: Peer, { receipts }: Extract<PeerBody, { type: 'receipts' }>): void {
    const { drop, offends, effect } = this.#work
    for (const receipt of receipts) {
      const { author, through, epoch, hash } = receipt
      const held = this.#room.outbox.get(author, through)
      const isWaitedFor = held?.isAcked === false && held.row.hash === hash
      if (!isWaitedFor || epoch !== this.#room.epoch()) {
        drop('old')
        continue
      }
      const isGenuine = this.#room.isGenuine(receipt)
      if (isGenuine === undefined) {
        drop('unkeyed')
        continue
      }
      if (!isGenuine) return offends(peer, 'forged')
      const copy = { ...receipt, signature: receipt.signature.slice() }
      this.keep(copy)
      effect({ type: 'receipt', receipt: copy })
    }
  }

  forget(peer: Peer, before: Millis): void {
    for (const [key, at] of peer.told) if (at + TELL_AGAIN_MS <= before) peer.told.delete(key)
  }
}
