import { systemFaultClock } from './delay-line.ts'
import type { FaultClock } from './delay-line.ts'
import type { FaultController } from './fault-controller.ts'
import { FaultyWire } from './faulty-wire.ts'
import type { DownItem, WireSetup } from './faulty-wire.ts'
import { SocketCloseEvent, SocketEvents } from './socket-events.ts'
import { checkClose, CLOSED, CLOSED_ABNORMALLY, CLOSING, CONNECTING, OPEN } from './socket-like.ts'
import type { FrameData, SocketClass, SocketLike } from './socket-like.ts'

export type FaultySocketOptions = {
  /** Whether a frame from the relay settles something: what `loseAcks` is about. Asked of binary frames only. */
  readonly isAck?: (bytes: Uint8Array) => boolean
  readonly clock?: FaultClock
  /** How long a close waits for the other end's answer before it is given up as unclean; a browser waits about a minute. */
  readonly closeTimeoutMs?: number
}

type Setup = WireSetup & {
  readonly WebSocketClass: SocketClass
  readonly closeTimeoutMs: number
}

/**
 * A class to use in place of `WebSocketClass`, whose connections suffer what `controller` says. It offers the standard's
 * WebSocket (handlers and listeners both) and nothing beyond it.
 *
 * Order is kept within a connection, as over TCP, unless the plan reorders: a delayed frame delays those behind it. A lost frame
 * leaves no trace, and the connection goes on; the same for one that comes twice or spoilt. In half-open, bytes and events of that direction vanish; a connection being made waits, as its first
 * packet would be sent again. Acks are found in bytes, and bytes are what is spoilt, so with a browser's class set `binaryType` to `arraybuffer`.
 *
 * A cut in a browser still lets the other end see a clean close, for a page can do no better: what a broken wire does to the
 * relay is for a TCP proxy to show.
 */
export const faultyWebSocket = <Class extends SocketClass>(
  WebSocketClass: Class,
  controller: FaultController,
  options: FaultySocketOptions = {},
): Class => {
  const setup: Setup = {
    isAck: () => false,
    clock: systemFaultClock(),
    closeTimeoutMs: 60_000,
    ...options,
    WebSocketClass,
    controller,
  }
  class FaultyWebSocket extends FaultySocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(setup, String(url), protocols)
    }
  }
  // The same as Class in all that a WebSocket offers by its standard.
  return FaultyWebSocket as unknown as Class
}

/** What the app sees: a WebSocket's states and events. */
class FaultySocket extends SocketEvents {
  readonly #setup: Setup
  readonly #url: string
  readonly #protocols: string | string[]
  readonly #detach: () => void
  /** Both undefined until dialled: refused, or waiting for a half-open wire to heal. */
  #inner: SocketLike | undefined
  #wire: FaultyWire | undefined
  #readyState = CONNECTING
  #binaryType: string | undefined
  #closeTimer: unknown

  constructor(setup: Setup, url: string, protocols: string | string[] = []) {
    super()
    this.#setup = setup
    this.#url = url
    this.#protocols = protocols
    const { controller } = setup
    const isRefused = controller.refusedBy !== undefined
    // A bad address throws here, before anybody knows of this connection.
    if (!isRefused && !controller.swallows('up')) this.#dial()
    this.#detach = controller.attach({
      cut: () => this.#cut(),
      planChanged: () => this.#planChanged(),
    })
    if (isRefused) this.#refuse()
    else if (this.#wire === undefined) controller.note('halfOpenUp')
  }

  get url(): string {
    return this.#inner?.url ?? this.#url
  }
  get protocol(): string {
    return this.#inner?.protocol ?? ''
  }
  get extensions(): string {
    return this.#inner?.extensions ?? ''
  }
  get readyState(): number {
    return this.#readyState
  }
  get bufferedAmount(): number {
    return this.#inner?.bufferedAmount ?? 0
  }
  get binaryType(): string {
    return this.#inner?.binaryType ?? this.#binaryType ?? 'blob'
  }
  set binaryType(type: string) {
    this.#binaryType = type
    if (this.#inner !== undefined) this.#inner.binaryType = type
  }

  send(data: FrameData): void {
    if (this.#readyState === CONNECTING) {
      throw new DOMException('The connection is still being made.', 'InvalidStateError')
    }
    if (this.#readyState === OPEN) this.#wire?.send(data)
  }

  close(code?: number, reason?: string): void {
    checkClose(code, reason)
    if (this.#readyState === CONNECTING) {
      this.#readyState = CLOSING
      this.#failSoon()
    } else if (this.#readyState === OPEN) {
      this.#readyState = CLOSING
      const { clock, closeTimeoutMs } = this.#setup
      const giveUp = (): void => this.#end(CLOSED_ABNORMALLY, '', false)
      this.#closeTimer = clock.setTimeout(giveUp, closeTimeoutMs)
      this.#wire?.sendClose(code, reason)
    }
  }

  #dial(): void {
    const inner = new this.#setup.WebSocketClass(this.#url, this.#protocols)
    if (this.#binaryType !== undefined) inner.binaryType = this.#binaryType
    this.#inner = inner
    this.#wire = new FaultyWire(this.#setup, inner, {
      arrived: (item) => this.#arrived(item),
      foundGone: () => this.#cut(),
    })
  }

  #arrived(item: DownItem): void {
    if (item.type === 'error') this.dispatchEvent(new Event('error'))
    else if (item.type === 'close') this.#end(item.code, item.reason, item.wasClean)
    else if (item.type === 'open' && this.#readyState === CONNECTING) {
      this.#readyState = OPEN
      this.dispatchEvent(new Event('open'))
    } else if (item.type === 'message' && this.#readyState === OPEN) {
      this.dispatchEvent(new MessageEvent('message', { data: item.data }))
    }
  }

  #planChanged(): void {
    const { controller } = this.#setup
    if (this.#wire !== undefined) this.#wire.planChanged()
    else if (controller.refusedBy !== undefined) this.#refuse()
    else if (!controller.swallows('up')) this.#dialLate()
  }

  #dialLate(): void {
    try {
      this.#dial()
    } catch {
      // A bad address: the constructor, which should have thrown it, returned long ago. The app learns of it as a failure.
      this.#failSoon()
    }
  }

  #refuse(): void {
    const { controller } = this.#setup
    controller.note(controller.refusedBy ?? 'refuse')
    this.#failSoon()
  }

  /** A connection that never opened. */
  #failSoon(): void {
    this.#release()
    this.#setup.clock.setTimeout(() => {
      // Refused, and closed by the app before it heard of it.
      if (this.#readyState === CLOSED) return
      this.#readyState = CLOSED
      this.dispatchEvent(new Event('error'))
      this.dispatchEvent(new SocketCloseEvent(CLOSED_ABNORMALLY, '', false))
    }, 0)
  }

  /** The state is CLOSED at once; the events come as events do, out of nobody's call. */
  #cut(): void {
    const wasOpening = this.#readyState === CONNECTING
    this.#readyState = CLOSED
    this.#release()
    this.#setup.clock.setTimeout(() => {
      if (wasOpening) this.dispatchEvent(new Event('error'))
      this.dispatchEvent(new SocketCloseEvent(CLOSED_ABNORMALLY, '', false))
    }, 0)
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    this.#readyState = CLOSED
    this.#release()
    this.dispatchEvent(new SocketCloseEvent(code, reason, wasClean))
  }

  /** From here on nothing of the connection reaches the app, and nothing of the app the connection. */
  #release(): void {
    this.#detach()
    this.#setup.clock.clearTimeout(this.#closeTimer)
    this.#wire?.drop()
  }
}
