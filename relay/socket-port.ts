import type { Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { encodeFrame } from '../protocol/index.ts'
import type { DownFrame } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import { countOne } from './figures.ts'
import { SendTurns } from './send-turns.ts'

/** A WebSocket, and what is below it where that is a stream of ours. */
export type Socket = { readonly socket: WebSocket; readonly raw: Duplex | undefined }

const SEND_OPTIONS = { binary: true, compress: false } as const

/** The writing half of a WebSocket and the brake of its reading half, with what is counted on the way. */
export class SocketPort {
  readonly turns: SendTurns
  readonly #context: RelayContext
  readonly #socket: WebSocket
  readonly #raw: Duplex | undefined
  readonly #pauses = new Set<object>()
  readonly #written: () => void

  /**
   * `raw`: what is below the WebSocket, where that is known: then a message to many is framed once for all of them.
   * `guard` runs what follows from a finished write.
   */
  constructor(context: RelayContext, { socket, raw }: Socket, guard: (run: () => void) => void) {
    this.#context = context
    this.#socket = socket
    this.#raw = raw
    this.turns = new SendTurns(() => this.queuedBytes <= context.tuning.lowWaterBytes)
    // Room for more appears when a message has gone to the system; below a WebSocket it is told once, when all have.
    this.#written = () => guard(() => this.turns.look())
    raw?.on('drain', this.#written)
  }

  get queuedBytes(): number {
    return this.#raw?.writableLength ?? this.#socket.bufferedAmount
  }

  /** So far, also of a message that is not whole; 0 where it is not known. */
  get bytesRead(): number {
    return (this.#raw as Partial<NetSocket> | undefined)?.bytesRead ?? 0
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
    const { figures, outbound } = this.#context
    countOne(figures.framesOut, type)
    figures.bytesOut += bytes.length
    if (this.#raw === undefined) return this.#socket.send(bytes, SEND_OPTIONS, this.#written)
    if (outbound.write(this.#raw, bytes)) figures.writes++
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
