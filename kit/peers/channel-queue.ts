import { PEER_CHUNK_BYTES, cutPeerFrame } from '../../protocol/index.ts'

/** R10: so much the browser is given ahead of the wire; below a quarter of it it gets more. */
const AHEAD_BYTES: number = 16 * PEER_CHUNK_BYTES
/** R10: what a peer may be handed of one page (R5), and one frame more. */
export const MAX_WAITING_BYTES: number = 16 * 1024 * 1024

type Channel = Pick<
  RTCDataChannel,
  'bufferedAmount' | 'bufferedAmountLowThreshold' | 'onbufferedamountlow' | 'send'
>

/** Frames on their way into a data channel: in order, in chunks, no more ahead than the wire takes. */
export class ChannelQueue {
  readonly #channel: Channel
  readonly #failed: () => void
  #chunks: Uint8Array[] = []
  #bytes = 0

  /** `failed`: the channel takes nothing any more. */
  constructor(channel: Channel, failed: () => void) {
    this.#channel = channel
    this.#failed = failed
    channel.bufferedAmountLowThreshold = AHEAD_BYTES / 4
    channel.onbufferedamountlow = () => this.#pump()
  }

  /** False where more would wait than may: who takes so little is no help, and what waits must not grow. */
  send(frame: Uint8Array): boolean {
    if (this.#bytes + this.#channel.bufferedAmount + frame.length > MAX_WAITING_BYTES) return false
    for (const chunk of cutPeerFrame(frame)) {
      this.#chunks.push(chunk)
      this.#bytes += chunk.length
    }
    this.#pump()
    return true
  }

  clear(): void {
    this.#channel.onbufferedamountlow = null
    this.#chunks = []
    this.#bytes = 0
  }

  #pump(): void {
    let sent = 0
    try {
      while (sent < this.#chunks.length && this.#channel.bufferedAmount < AHEAD_BYTES) {
        const chunk = this.#chunks[sent++]!
        // Our bytes never lie in shared memory, which is all that the wider type allows beyond.
        this.#channel.send(chunk as Uint8Array<ArrayBuffer>)
        this.#bytes -= chunk.length
      }
    } catch {
      // It closed, or its buffer is full although it said otherwise: either way it is not to be relied on.
      return this.#failed()
    }
    this.#chunks.splice(0, sent)
  }
}
