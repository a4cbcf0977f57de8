import { CLOSED, CLOSING, CONNECTING, OPEN } from './socket-like.ts'

export type SocketHandler = ((event: Event) => void) | null

/** A listener whose handler can be another one later. */
type HandlerSlot = ((event: Event) => void) & { handler: SocketHandler }

/** What the platform's `CloseEvent` carries; Node 20 has no such class. */
export class SocketCloseEvent extends Event {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean

  constructor(code: number, reason: string, wasClean: boolean) {
    super('close')
    this.code = code
    this.reason = reason
    this.wasClean = wasClean
  }
}

/** What all WebSockets have: the four handlers beside the listeners, and the numbers of the states. */
export class SocketEvents extends EventTarget {
  static readonly CONNECTING: number = CONNECTING
  static readonly OPEN: number = OPEN
  static readonly CLOSING: number = CLOSING
  static readonly CLOSED: number = CLOSED
  readonly CONNECTING: number = CONNECTING
  readonly OPEN: number = OPEN
  readonly CLOSING: number = CLOSING
  readonly CLOSED: number = CLOSED

  readonly #slots = new Map<string, HandlerSlot>()

  get onopen(): SocketHandler {
    return this.#handlerOf('open')
  }
  set onopen(handler: SocketHandler) {
    this.#handle('open', handler)
  }
  get onmessage(): SocketHandler {
    return this.#handlerOf('message')
  }
  set onmessage(handler: SocketHandler) {
    this.#handle('message', handler)
  }
  get onerror(): SocketHandler {
    return this.#handlerOf('error')
  }
  set onerror(handler: SocketHandler) {
    this.#handle('error', handler)
  }
  get onclose(): SocketHandler {
    return this.#handlerOf('close')
  }
  set onclose(handler: SocketHandler) {
    this.#handle('close', handler)
  }

  #handlerOf(type: string): SocketHandler {
    return this.#slots.get(type)?.handler ?? null
  }

  /** A handler is a listener whose place in the order is that of its first setting. */
  #handle(type: string, handler: SocketHandler): void {
    const known = this.#slots.get(type)
    if (known !== undefined) {
      known.handler = handler
      return
    }
    const listener: HandlerSlot = Object.assign(
      (event: Event) => listener.handler?.call(this, event),
      { handler },
    )
    this.#slots.set(type, listener)
    this.addEventListener(type, listener)
  }
}
