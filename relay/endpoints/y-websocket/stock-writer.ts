import { authorOf, encodeEntry, hashEntry } from '../../../protocol/index.ts'
import type { RelayContext } from '../../context.ts'
import type { RoomHost } from '../../room-host.ts'
import type { Producer } from '../../room-writer.ts'
import type { Seat } from '../../seat.ts'

const PROOF_BYTES = 32

/** Y2: the producer of one stock connection. Its proof is random, stays here and is forgotten with it. */
export class StockWriter {
  readonly producer: Producer
  readonly #host: RoomHost
  readonly #maxEntryBytes: number
  #seq = 0

  constructor({ limits, randomBytes }: RelayContext, host: RoomHost, seat: Seat) {
    const author = authorOf(randomBytes(PROOF_BYTES))
    this.producer = { handle: 1, seat, author, writer: undefined }
    this.#host = host
    this.#maxEntryBytes = limits.maxEntryBytes
    if (!host.writer.open(this.producer)) throw new Error('a fresh author belongs to somebody')
  }

  /** False if the update is larger than an entry may be. */
  append(update: Uint8Array): boolean {
    const bytes = encodeEntry({ kind: 'update', origin: undefined, body: update })
    if (bytes.length > this.#maxEntryBytes) return false
    const entry = { hash: hashEntry(bytes), bytes, seal: undefined }
    if (!this.#host.writer.append(this.producer, ++this.#seq, [entry])) {
      throw new Error('an author of our own belongs to somebody')
    }
    return true
  }
}
