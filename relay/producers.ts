import { authorOfKey } from '../protocol/index.ts'
import type { DenyCode, UpFrame } from '../protocol/index.ts'
import { isProofOf } from './author-proof.ts'
import type { RelayContext } from './context.ts'
import type { Link } from './link.ts'
import { isPassOf } from './passes.ts'
import type { RoomHost } from './room-host.ts'
import type { Producer } from './producer.ts'
import type { Seat } from './seat.ts'

type Open = Extract<UpFrame, { type: 'open' }>
type Carry = Extract<UpFrame, { type: 'carry' }>
type Append = Extract<UpFrame, { type: 'append' }>
type Sent = Extract<UpFrame, { type: 'beat' }>['sent']

/** What an entry weighs in memory beside its bytes. */
const ENTRY_BYTES = 64
/** Of an append of which no seal is looked at. */
const NO_KEY = new Uint8Array()

/** The producers that are open on one connection, and the way from each to its room. */
export class Producers {
  readonly #context: RelayContext
  readonly #link: Link
  readonly #hosts: ReadonlyMap<Seat, RoomHost>
  readonly #byHandle = new Map<number, Producer>()

  constructor(context: RelayContext, link: Link, hosts: ReadonlyMap<Seat, RoomHost>) {
    this.#context = context
    this.#link = link
    this.#hosts = hosts
  }

  get count(): number {
    return this.#byHandle.size
  }

  openCountOf(seat: Seat): number {
    let count = 0
    for (const producer of this.#byHandle.values()) {
      if (producer.seat === seat && producer.writer !== undefined) count++
    }
    return count
  }

  /** P1, S10, W18: who may write under an author is settled here; every append passes through what `open` let in. */
  open({ producer: handle, author, proof }: Open, seat: Seat): void {
    if (!this.#isFree('open', handle)) return
    const producer: Producer = { handle, seat, author, writer: undefined }
    const isProved = isProofOf(author, proof, this.#context.ed25519)
    this.#openWhenJoined(producer, () => (isProved ? undefined : 'bad-proof'))
  }

  /** K3, K6: who has no secret shows whose author it is, and what it sends has seals. */
  carry({ producer: handle, key, user, pass }: Carry, seat: Seat): void {
    if (!this.#isFree('carry', handle)) return
    const author = authorOfKey(key)
    const carried = { key: key.slice(), user }
    const { batchSecret, hasIdentities } = this.#context
    const mayPass = !hasIdentities || isPassOf(pass, batchSecret, { room: seat.name, author, user })
    const producer: Producer = { handle, seat, author, carried, writer: undefined }
    this.#openWhenJoined(producer, () => (mayPass ? undefined : 'no-pass'))
  }

  #isFree(frame: 'open' | 'carry', handle: number): boolean {
    if (this.#byHandle.has(handle)) {
      this.#link.end('malformed-frame', `${frame}: producer ${handle} is in use`)
      return false
    }
    if (this.#byHandle.size < this.#context.limits.maxProducers) return true
    this.#deny(handle, 'too-many-producers')
    return false
  }

  #openWhenJoined(producer: Producer, why: () => DenyCode | undefined): void {
    const { handle, seat } = producer
    this.#byHandle.set(handle, producer)
    seat.whenJoined(0, () => {
      const code = why() ?? (seat.mayWrite ? undefined : 'read-only')
      if (code !== undefined) return this.#deny(handle, code)
      const host = this.#hosts.get(seat)!
      if (host.guard(() => host.writer.open(producer)) === false)
        this.#deny(handle, 'foreign-author')
    })
  }

  append({ producer: handle, firstSeq, entries }: Append): void {
    const producer = this.#byHandle.get(handle)
    if (producer === undefined) return this.#drop()
    if (firstSeq === 0) return this.#link.end('malformed-frame', 'append: a seq begins at 1')
    const { seat } = producer
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length + ENTRY_BYTES, 0)
    seat.whenJoined(bytes, () => {
      if (this.#byHandle.get(handle) !== producer) return this.#drop()
      if (producer.carried !== undefined) this.#check(producer, firstSeq, entries)
      else if (this.#context.seals.isBusyWith(this.#link)) {
        this.#writeBehind(producer, firstSeq, entries)
      } else this.#write(producer, firstSeq, entries)
    })
  }

  /** Seals are for this way alone: none is stored, for nobody who reads the log has the key. */
  #write(producer: Producer, firstSeq: number, entries: Append['entries']): void {
    const host = this.#hosts.get(producer.seat)!
    const isBare = entries.every(({ seal }) => seal === undefined)
    const bare = isBare ? entries : entries.map((entry) => ({ ...entry, seal: undefined }))
    const isTaken = host.guard(() => host.writer.append(producer, firstSeq, bare))
    if (isTaken === false) this.#deny(producer.handle, 'foreign-author')
  }

  /** P2: what a page wrote on top of what it carries must not be in the log before that, whose seals are still looked at. */
  #writeBehind(producer: Producer, firstSeq: number, entries: Append['entries']): void {
    const { author, handle, seat } = producer
    this.#context.seals.check(this.#link, {
      ...{ room: seat.name, author, key: NO_KEY, user: '', firstSeq, entries: [] },
      isWanted: () => this.#byHandle.get(handle) === producer,
      checked: () => this.#write(producer, firstSeq, entries),
    })
  }

  /** K4: what has a seal is written; of the first that has none the carrier is told, and nothing else happens. */
  #check(producer: Producer, firstSeq: number, entries: Append['entries']): void {
    const { carried, author, handle, seat } = producer
    this.#context.seals.check(this.#link, {
      room: seat.name,
      author,
      ...carried!,
      firstSeq,
      entries,
      isWanted: () => this.#byHandle.get(handle) === producer,
      checked: (good, isAll) => {
        if (good > 0) this.#write(producer, firstSeq, entries.slice(0, good))
        if (isAll || this.#byHandle.get(handle) !== producer) return
        const seq = firstSeq + good
        this.#link.send({ type: 'rejected', producer: handle, seq, code: 'bad-seal' })
      },
    })
  }

  /** C6: what a beat says was sent. */
  sent(sent: Sent): void {
    for (const { producer: handle, seq } of sent) {
      const producer = this.#byHandle.get(handle)
      if (producer?.seat.isJoined !== true) continue
      // What it sent may be here, and be looked at, or stand behind what is.
      if (this.#context.seals.isBusyWith(this.#link)) continue
      const host = this.#hosts.get(producer.seat)!
      host.guard(() => host.writer.checkSent(producer, seq))
    }
  }

  forget(seat: Seat): void {
    for (const [handle, producer] of this.#byHandle) {
      if (producer.seat === seat) this.#byHandle.delete(handle)
    }
  }

  #deny(handle: number, code: DenyCode): void {
    this.#byHandle.delete(handle)
    this.#context.figures.denials++
    this.#link.send({ type: 'denied', producer: handle, code })
  }

  /** W4 */
  #drop(): void {
    this.#context.figures.droppedFrames++
  }
}
