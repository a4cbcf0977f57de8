import { authorOf, encodeEntry, hashEntry } from '../../../protocol/index.ts'
import type { RelayContext } from '../../context.ts'
import type { RoomHost } from '../../room-host.ts'
import type { Producer } from '../../room-writer.ts'
import type { Seat } from '../../seat.ts'

const PROOF_BYTES = 32
/** So many bytes may wait, those behind what does not fit included; one update alone may be larger. */
const MAX_HELD_BYTES = 1024 * 1024
/** What an update weighs in memory beside its bytes. */
const UPDATE_BYTES = 64

export type StockWriterPorts = {
  /** An update is larger than an entry may be. */
  readonly tooBig: () => void
  /** Y10: what waits has waited too long, or is too much: the client is to come back and to offer all that it has. */
  readonly waitedInVain: () => void
}

/** Y2, Y10: the producer of one stock connection. Its proof is random, stays here and is forgotten with it. */
export class StockWriter {
  readonly producer: Producer
  readonly #context: RelayContext
  readonly #host: RoomHost
  readonly #ports: StockWriterPorts
  #seq = 0
  /** Entries in their order, of which the first one was answered with `notYet`. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #heldSince = 0
  /** When the relay wants to see the first of them again. */
  #retryMs: number | undefined
  #cancelRetry: () => void = () => undefined

  constructor(context: RelayContext, host: RoomHost, seat: Seat, ports: StockWriterPorts) {
    const author = authorOf(context.randomBytes(PROOF_BYTES))
    this.producer = { handle: 1, seat, author, writer: undefined }
    this.#context = context
    this.#host = host
    this.#ports = ports
    if (!host.writer.open(this.producer)) throw new Error('a fresh author belongs to somebody')
  }

  append(update: Uint8Array): void {
    const bytes = encodeEntry({ kind: 'update', origin: undefined, body: update })
    if (bytes.length > this.#context.limits.maxEntryBytes) return this.#ports.tooBig()
    if (this.#held.length === 0 && this.#isTaken(bytes)) return
    if (this.#held.length === 0) this.#heldSince = this.#context.clock.now()
    this.#held.push(bytes)
    this.#heldBytes += bytes.length + UPDATE_BYTES
    if (this.#heldBytes > MAX_HELD_BYTES && this.#held.length > 1) return this.#ports.waitedInVain()
    if (this.#held.length === 1) this.#retryLater()
  }

  /** S13: the relay's word for the entry that is being appended. */
  notYet(retryAfterMs: number): void {
    this.#retryMs = retryAfterMs
  }

  stop(): void {
    this.#cancelRetry()
    this.#held = []
  }

  #isTaken(bytes: Uint8Array): boolean {
    const entry = { hash: hashEntry(bytes), bytes, seal: undefined }
    this.#retryMs = undefined
    if (!this.#host.writer.append(this.producer, this.#seq + 1, [entry])) {
      throw new Error('an author of our own belongs to somebody')
    }
    if (this.#retryMs !== undefined) return false
    this.#seq++
    return true
  }

  #retryLater(): void {
    this.#cancelRetry = this.#context.clock.setTimer(this.#retryMs!, () => {
      this.producer.seat.link.guard(() => this.#retry())
    })
  }

  #retry(): void {
    if (!this.producer.seat.isJoined) return
    let takenCount = 0
    while (takenCount < this.#held.length && this.#isTaken(this.#held[takenCount]!)) takenCount++
    const { clock, tuning } = this.#context
    for (const taken of this.#held.splice(0, takenCount)) {
      this.#heldBytes -= taken.length + UPDATE_BYTES
      this.#heldSince = clock.now()
    }
    if (this.#held.length === 0) return
    if (clock.now() - this.#heldSince >= tuning.heldMs) return this.#ports.waitedInVain()
    this.#retryLater()
  }
}
