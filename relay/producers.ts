import type { DenyCode, UpFrame } from '../protocol/index.ts'
import { isProofOf } from './author-proof.ts'
import type { RelayContext } from './context.ts'
import type { Link } from './link.ts'
import type { RoomHost } from './room-host.ts'
import type { Producer } from './room-writer.ts'
import type { Seat } from './seat.ts'

type Open = Extract<UpFrame, { type: 'open' }>
type Append = Extract<UpFrame, { type: 'append' }>
type Sent = Extract<UpFrame, { type: 'beat' }>['sent']

/** What an entry weighs in memory beside its bytes. */
const ENTRY_BYTES = 64

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
    if (this.#byHandle.has(handle)) {
      return this.#link.end('malformed-frame', `open: producer ${handle} is in use`)
    }
    if (this.#byHandle.size >= this.#context.limits.maxProducers) {
      return this.#deny(handle, 'too-many-producers')
    }
    const producer: Producer = { handle, seat, author, writer: undefined }
    this.#byHandle.set(handle, producer)
    const isProved = isProofOf(author, proof, this.#context.ed25519)
    seat.whenJoined(0, () => {
      if (!isProved) return this.#deny(handle, 'bad-proof')
      if (!seat.mayWrite) return this.#deny(handle, 'read-only')
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
      const host = this.#hosts.get(seat)!
      const isTaken = host.guard(() => host.writer.append(producer, firstSeq, entries))
      if (isTaken === false) this.#deny(handle, 'foreign-author')
    })
  }

  /** C6: what a beat says was sent. */
  sent(sent: Sent): void {
    for (const { producer: handle, seq } of sent) {
      const producer = this.#byHandle.get(handle)
      if (producer?.seat.isJoined !== true) continue
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
