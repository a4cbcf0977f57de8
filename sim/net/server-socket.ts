import type { Pipe } from './pipe.ts'

export type ServerSocketParts = {
  readonly close: (code: number, reason: string) => void
  readonly cut: () => void
}

type Events = {
  message: (data: Uint8Array, isBinary: boolean) => void
  close: (code: number) => void
  error: (error: Error) => void
}

/** What the relay sees of a connection: as much of ws's WebSocket as it uses. */
export class ServerSocket {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  readonly #down: Pipe
  readonly #parts: ServerSocketParts
  #onMessage: Events['message'] = () => {}
  #onClose: Events['close'] = () => {}
  #isPaused = false
  #unread: Uint8Array[] = []
  /** It was closed while nobody read: that is read last. */
  #endedWith: number | undefined

  constructor(down: Pipe, parts: ServerSocketParts) {
    this.#down = down
    this.#parts = parts
  }

  get isClosed(): boolean {
    return this.readyState === this.CLOSED
  }

  get bufferedAmount(): number {
    return this.#down.queuedBytes
  }

  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    if (name === 'message') this.#onMessage = listener as Events['message']
    if (name === 'close') this.#onClose = listener as Events['close']
    return this
  }

  send(bytes: Uint8Array, _options: unknown, gone: () => void): void {
    this.#down.send(bytes, gone)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    while (!this.#isPaused) {
      const bytes = this.#unread.shift()
      if (bytes === undefined) break
      this.#onMessage(bytes, true)
    }
    if (!this.#isPaused && this.#endedWith !== undefined) this.ended(this.#endedWith)
  }

  close(code: number, reason: string): void {
    if (this.readyState !== this.OPEN) return
    this.readyState = 2
    this.#parts.close(code, reason)
  }

  terminate(): void {
    if (this.isClosed) return
    this.readyState = 2
    this.#parts.cut()
  }

  /** The network brings a message. */
  received(bytes: Uint8Array): void {
    if (this.isClosed) return
    if (this.#isPaused) this.#unread.push(bytes)
    else this.#onMessage(bytes, true)
  }

  /** The network says that it is over. */
  ended(code: number): void {
    if (this.isClosed) return
    if (this.#isPaused) {
      this.#endedWith = code
      return
    }
    this.readyState = this.CLOSED
    this.#onClose(code)
  }
}
