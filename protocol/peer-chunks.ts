import { concat } from './hash.ts'
import { MAX_PEER_FRAME_BYTES } from './peer-frame.ts'

/** R2: what every browser takes as one message of a data channel, the flag in front included. */
export const PEER_CHUNK_BYTES: number = 64 * 1024
const MORE = 0
const LAST = 1

/** A frame in messages of a bounded size: `isLast:flag · bytes` each. */
export const cutPeerFrame = (frame: Uint8Array): readonly Uint8Array[] => {
  const chunks: Uint8Array[] = []
  for (let at = 0; at === 0 || at < frame.length; at += PEER_CHUNK_BYTES - 1) {
    const part = frame.subarray(at, at + PEER_CHUNK_BYTES - 1)
    const chunk = new Uint8Array(part.length + 1)
    chunk[0] = at + part.length >= frame.length ? LAST : MORE
    chunk.set(part, 1)
    chunks.push(chunk)
  }
  return chunks
}

/** Joins what {@link cutPeerFrame} cut. Total, and never holds more than one frame may have. */
export class PeerJoiner {
  #parts: Uint8Array[] = []
  #bytes = 0

  /** The frame that is whole now; `more` while it is not; else why the link is to be ended. */
  take(chunk: Uint8Array): Uint8Array | 'more' | 'malformed' | 'oversized' {
    const [flag] = chunk
    const isPart = flag === LAST || (flag === MORE && chunk.length === PEER_CHUNK_BYTES)
    if (!isPart || chunk.length > PEER_CHUNK_BYTES) return 'malformed'
    this.#bytes += chunk.length - 1
    if (this.#bytes > MAX_PEER_FRAME_BYTES) return 'oversized'
    this.#parts.push(chunk.subarray(1))
    if (flag === MORE) return 'more'
    const frame = concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    return frame
  }
}
