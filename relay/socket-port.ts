import type { WebSocket } from 'ws'
import { encodeFrame } from '../protocol/index.ts'
import type { DownFrame } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import { countOne } from './figures.ts'
import { SendTurns } from './send-turns.ts'

const SEND_OPTIONS = { binary: true, compress: false } as const

/** The writing half of a WebSocket and the brake of its reading half, with what is counted on the way. */
export class SocketPort {
  readonly turns: SendTurns
  readonly #context: RelayContext
  readonly #socket: WebSocket
  readonly #pauses = new Set<object>()
  readonly #written: () => void

  /** `guard` runs what follows from a finished write. */
  constructor(context: RelayContext, socket: WebSocket, guard: (run: () => void) => void) {
    this.#context = context
    this.#socket = socket
    this.turns = new SendTurns(() => this.queuedBytes <= context.tuning.lowWaterBytes)
    // Called for every message that has gone to the system, and that is when room for more appears.
    this.#written = () => guard(() => this.turns.look())
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount
  }

  get isPaused(): boolean {
    return this.#pauses.size > 0
  }

  get isClosed(): boolean {
    return this.#socket.readyState === this.#socket.CLOSED
  }

  /** `type`: under which it is counted. */
  write(type: string, bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const { figures } = this.#context
    countOne(figures.framesOut, type)
    figures.bytesOut += bytes.length
    this.#socket.send(bytes, SEND_OPTIONS, this.#written)
  }

  pauseFor(reason: object): void {
    if (!this.isPaused) this.#socket.pause()
    this.#pauses.add(reason)
  }

  /** True if reading goes on by that. */
  resumeFor(reason: object): boolean {
    if (!this.#pauses.delete(reason) || this.isPaused) return false
    this.#socket.resume()
    return true
  }

  /** The end must come even where its announcement fails. The answer to it is behind all that is still unread. */
  close(bye: Extract<DownFrame, { type: 'bye' }>, name: string): void {
    try {
      this.write('bye', encodeFrame(bye))
    } catch (error) {
      this.#context.log.error({ err: error }, 'bye could not be said')
      this.cut()
    }
    this.closeWith(bye.code, name)
  }

  /** Without a `bye`, for who would not know it. */
  closeWith(code: number, reason: string): void {
    try {
      this.#socket.close(code, reason)
    } catch (error) {
      this.#context.log.error({ err: error }, 'a socket could not be closed')
      this.cut()
    }
    this.turns.clear()
    if (this.isPaused) this.#socket.resume()
    this.#pauses.clear()
  }

  /** Without waiting for the peer. */
  cut(): void {
    this.#socket.terminate()
  }
}
