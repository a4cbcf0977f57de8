import type { Duplex } from 'node:stream'

/** RFC 6455: a whole binary message; and where its length has two or eight bytes of its own. */
const BINARY = 0x82
const TWO_BYTES = 126
const EIGHT_BYTES = 127
const MOST_IN_TWO = 0xffff
/** Above this a copy costs more than a second buffer in the call. */
const MOST_COPIED = 16_384

const headOf = (length: number): Buffer => {
  if (length < TWO_BYTES) return Buffer.from([BINARY, length])
  const head = Buffer.allocUnsafe(length <= MOST_IN_TWO ? 4 : 10)
  head[0] = BINARY
  head[1] = length <= MOST_IN_TWO ? TWO_BYTES : EIGHT_BYTES
  if (length <= MOST_IN_TWO) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/**
 * What all connections of a relay have in common when they write. A message that goes to many is framed once, and what goes to one socket in one
 * turn goes there in one write: on the way to many readers calls of the system are most of what there is to pay.
 */
export class Outbound {
  readonly #corked: Duplex[] = []
  #bytes: Uint8Array | undefined
  #framed: Uint8Array = new Uint8Array()
  readonly #flush = (): void => {
    for (const socket of this.#corked) socket.uncork()
    this.#corked.length = 0
  }

  /** True where nothing was written to this socket in this turn before. */
  write(socket: Duplex, bytes: Uint8Array): boolean {
    const isFirst = this.#cork(socket)
    if (bytes.length <= MOST_COPIED) socket.write(this.#framedOnce(bytes))
    else {
      socket.write(headOf(bytes.length))
      socket.write(bytes)
    }
    return isFirst
  }

  #cork(socket: Duplex): boolean {
    if (socket.writableCorked > 0) return false
    if (this.#corked.length === 0) process.nextTick(this.#flush)
    this.#corked.push(socket)
    socket.cork()
    return true
  }

  /** Whoever sends the same message to many does so one after the other. */
  #framedOnce(bytes: Uint8Array): Uint8Array {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#framed = Buffer.concat([headOf(bytes.length), bytes])
    }
    return this.#framed
  }
}
