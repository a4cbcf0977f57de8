import { WebSocket } from 'ws'
import type { Direction } from '../fault-proxy.ts'
import { WebSocketReader } from './websocket-reader.ts'

/** By their first byte, as the wire's page in SPEC.md has them: hello, join, open, append. */
const OF_A_WRITER = new Set([0x01, 0x02, 0x04, 0x05])
const ACKED = 0x49

/** What a client said of itself and of what it wrote, to be said again by somebody else, byte for byte. */
export class RecordedFrames {
  readonly #frames: Buffer[] = []
  readonly #reader = new WebSocketReader((payload) => {
    if (OF_A_WRITER.has(payload[0]!)) this.#frames.push(payload)
  })

  /** For a proxy before one client: its first connection is what is recorded. */
  readonly tap = (connection: number, direction: Direction, bytes: Buffer): void => {
    if (connection === 1 && direction === 'up') this.#reader.push(bytes)
  }

  /** Says it all on a connection of its own. Resolves with the highest seq that is acked, once that is at least `seq`. */
  async sayAgain(url: string, seq: number): Promise<number> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, { origin: url })
    try {
      return await new Promise<number>((resolve, reject) => {
        socket.once('error', reject)
        socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
        socket.once('open', () => this.#frames.forEach((frame) => socket.send(frame)))
        socket.on('message', (payload: Buffer) => {
          // Numbers below 128 are one byte each.
          const [kind, , through = 0] = payload
          if (kind === ACKED && through >= seq) resolve(through)
        })
      })
    } finally {
      socket.terminate()
    }
  }
}
