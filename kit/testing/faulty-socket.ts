import { DelayLine, systemFaultClock } from './delay-line.ts'
import type { FaultClock } from './delay-line.ts'
import type { ConnectionDraws, FaultController } from './fault-controller.ts'
import { SocketCloseEvent, SocketEvents } from './socket-events.ts'
import {
  bytesOf,
  checkClose,
  CLOSED,
  CLOSED_ABNORMALLY,
  CLOSING,
  CONNECTING,
  OPEN,
  snapshotOf,
} from './socket-like.ts'
import type { FrameData, SocketClass, SocketLike } from './socket-like.ts'

export type FaultySocketOptions = {
  /** Whether a frame from the relay settles something: what `loseAcks` is about. Asked of binary frames only. */
  readonly isAck?: (bytes: Uint8Array) => boolean
  readonly clock?: FaultClock
  /** How long a close waits for the other end's answer before it is given up as unclean; a browser waits about a minute. */
  readonly closeTimeoutMs?: number
}

type Setup = Required<FaultySocketOptions> & {
  readonly WebSocketClass: SocketClass
  readonly controller: FaultController
}

type UpItem =
  | { readonly type: 'message'; readonly data: FrameData }
  | { readonly type: 'close'; readonly code?: number; readonly reason?: string }

type DownItem =
  | { readonly type: 'open' }
  | { readonly type: 'message'; readonly data: unknown }
  | { readonly type: 'error' }
  | {
      readonly type: 'close'
      readonly code: number
      readonly reason: string
      readonly wasClean: boolean
    }

/**
 * A class to use in place of `WebSocketClass`, whose connections suffer what `controller` says. It offers the standard's
 * WebSocket (handlers and listeners both) and nothing beyond it.
 *
 * Order is kept within a connection, as over TCP: a delayed frame delays those behind it. A lost frame leaves no trace, and the
 * connection goes on. In half-open, bytes and events of that direction vanish; a connection being made waits, as its first
 * packet would be sent again. A cut in a browser still lets the other end see a close, for a page can do no better: what a
 * broken wire does to the relay is for a TCP proxy to show.
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

class FaultySocket extends SocketEvents {
  readonly #setup: Setup
  readonly #url: string
  readonly #protocols: string | string[] | undefined
  readonly #up: DelayLine<UpItem>
  readonly #down: DelayLine<DownItem>
  readonly #detach: () => void
  #draws: ConnectionDraws | undefined
  /** Undefined until dialled: refused, or waiting for a half-open wire to heal. */
  #inner: SocketLike | undefined
  #readyState = CONNECTING
  #binaryType: string | undefined
  #isOpenHeld = false
  /** The other end closed, and the wire swallowed it. */
  #isCloseLost = false
  #closeTimer: unknown
  #isReleased = false

  constructor(setup: Setup, url: string, protocols: string | string[] | undefined) {
    super()
    this.#setup = setup
    this.#url = url
    this.#protocols = protocols
    this.#up = new DelayLine(setup.clock, (item) => this.#leave(item))
    this.#down = new DelayLine(setup.clock, (item) => this.#arrive(item))
    // A bad address throws here, before anybody knows of this connection.
    if (!this.#isRefused && !this.#isSwallowed('up')) this.#dial()
    else if (!this.#isRefused) setup.controller.note('halfOpenUp')
    this.#detach = setup.controller.attach({
      cut: () => this.#cut(),
      planChanged: () => this.#planChanged(),
    })
    if (this.#isRefused) this.#refuse()
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
    if (this.#readyState !== OPEN || this.#draws === undefined) return
    const { up } = this.#draws
    // Every frame makes the same draws, so that one fault never changes what another one hits.
    const jitterDraw = up()
    const lossDraw = up()
    const { controller } = this.#setup
    if (lossDraw < controller.plan.lossUp) {
      controller.note('lossUp')
      return
    }
    const delayMs = this.#delayMs(jitterDraw)
    const isPassedOnNow = delayMs === 0 && this.#up.isIdle
    this.#up.push({ type: 'message', data: isPassedOnNow ? data : snapshotOf(data) }, delayMs)
  }

  close(code?: number, reason?: string): void {
    checkClose(code, reason)
    if (this.#readyState === CONNECTING) {
      this.#readyState = CLOSING
      this.#release()
      this.#setup.clock.setTimeout(() => this.#fail(), 0)
    }
    if (this.#readyState !== OPEN || this.#draws === undefined) return
    this.#readyState = CLOSING
    const { clock, closeTimeoutMs } = this.#setup
    this.#closeTimer = clock.setTimeout(
      () => this.#end(CLOSED_ABNORMALLY, '', false),
      closeTimeoutMs,
    )
    const item: UpItem = {
      type: 'close',
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason }),
    }
    this.#up.push(item, this.#delayMs(this.#draws.up()))
  }

  #dial(): void {
    const { WebSocketClass, controller } = this.#setup
    const inner = new WebSocketClass(this.#url, this.#protocols ?? [])
    this.#inner = inner
    const { down } = (this.#draws = controller.drawsOfNextConnection())
    if (this.#binaryType !== undefined) inner.binaryType = this.#binaryType
    // There and back again.
    inner.onopen = () => this.#down.push({ type: 'open' }, this.#delayMs(down(), down()))
    inner.onmessage = ({ data }: { data: unknown }) => this.#receive(data, down)
    inner.onerror = () => this.#down.push({ type: 'error' }, this.#delayMs(down()))
    inner.onclose = ({ code, reason, wasClean }: SocketCloseEvent) =>
      this.#down.push({ type: 'close', code, reason, wasClean }, this.#delayMs(down()))
  }

  /** A frame of the other end enters the wire. */
  #receive(data: unknown, draw: () => number): void {
    if (this.#isReleased) return
    const jitterDraw = draw()
    const lossDraw = draw()
    const ackDraw = draw()
    const { controller, isAck } = this.#setup
    const bytes = bytesOf(data)
    if (lossDraw < controller.plan.lossDown) controller.note('lossDown')
    else if (bytes !== undefined && controller.losesAck(ackDraw, () => isAck(bytes))) {
      controller.note('loseAcks')
    } else this.#down.push({ type: 'message', data }, this.#delayMs(jitterDraw))
  }

  /** What was sent comes out of the wire at the other end. */
  #leave(item: UpItem): void {
    if (this.#isReleased) return
    if (this.#isSwallowed('up')) {
      this.#setup.controller.note('halfOpenUp')
      return
    }
    if (this.#isCloseLost) {
      // Who sends to an end that is gone is told so, if the answer comes through.
      if (this.#isSwallowed('down')) this.#setup.controller.note('halfOpenDown')
      else this.#end(CLOSED_ABNORMALLY, '', false)
      return
    }
    if (this.#inner?.readyState !== OPEN) return
    if (item.type === 'message') this.#inner.send(item.data)
    else this.#inner.close(item.code, item.reason)
  }

  /** What the other end sent or did comes out of the wire here. */
  #arrive(item: DownItem): void {
    if (this.#isReleased) return
    if (this.#isSwallowed('down')) {
      this.#setup.controller.note('halfOpenDown')
      if (item.type === 'open') this.#isOpenHeld = true
      if (item.type === 'close') this.#isCloseLost = true
      return
    }
    if (item.type === 'open') this.#open()
    else if (item.type === 'error') this.dispatchEvent(new Event('error'))
    else if (item.type === 'close') this.#end(item.code, item.reason, item.wasClean)
    else if (this.#readyState === OPEN) {
      this.dispatchEvent(new MessageEvent('message', { data: item.data }))
    }
  }

  #open(): void {
    if (this.#readyState !== CONNECTING) return
    this.#readyState = OPEN
    this.dispatchEvent(new Event('open'))
  }

  #planChanged(): void {
    if (this.#readyState !== CONNECTING) return
    if (this.#inner === undefined && !this.#isSwallowed('up')) {
      if (this.#isRefused) this.#refuse()
      else this.#dialLate()
    } else if (this.#isOpenHeld && !this.#isSwallowed('down')) {
      this.#isOpenHeld = false
      if (this.#isCloseLost) this.#cut()
      else this.#open()
    }
  }

  #dialLate(): void {
    try {
      this.#dial()
    } catch {
      // A bad address: the constructor, which should have thrown it, returned long ago. The app learns of it as a failure.
      this.#release()
      this.#setup.clock.setTimeout(() => this.#fail(), 0)
    }
  }

  #refuse(): void {
    this.#setup.controller.note('refuse')
    this.#release()
    this.#setup.clock.setTimeout(() => this.#fail(), 0)
  }

  /** The state is CLOSED at once; the event comes as events do, from nobody's call. */
  #cut(): void {
    const wasOpening = this.#readyState === CONNECTING
    this.#readyState = CLOSED
    this.#release()
    this.#setup.clock.setTimeout(() => {
      if (wasOpening) this.dispatchEvent(new Event('error'))
      this.dispatchEvent(new SocketCloseEvent(CLOSED_ABNORMALLY, '', false))
    }, 0)
  }

  /** A connection that never opened. */
  #fail(): void {
    // Refused, and closed by the app before it heard of it.
    if (this.#readyState === CLOSED) return
    this.#readyState = CLOSED
    this.dispatchEvent(new Event('error'))
    this.dispatchEvent(new SocketCloseEvent(CLOSED_ABNORMALLY, '', false))
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    this.#readyState = CLOSED
    this.#release()
    this.dispatchEvent(new SocketCloseEvent(code, reason, wasClean))
  }

  /** From here on nothing of the connection reaches the app, and nothing of the app the connection. */
  #release(): void {
    this.#isReleased = true
    this.#detach()
    this.#up.clear()
    this.#down.clear()
    this.#setup.clock.clearTimeout(this.#closeTimer)
    const inner = this.#inner
    if (inner === undefined) return
    inner.onopen = null
    inner.onmessage = null
    inner.onclose = null
    // `ws` throws an error to which nobody listens, and makes one for a connection dropped while opening.
    inner.onerror = () => {}
    if (inner.terminate === undefined) inner.close()
    else inner.terminate()
  }

  get #isRefused(): boolean {
    return this.#setup.controller.plan.refuse
  }

  #isSwallowed(direction: 'up' | 'down'): boolean {
    const { halfOpen } = this.#setup.controller.plan
    return halfOpen === direction || halfOpen === 'both'
  }

  /** Of something that crosses the wire once for each draw. */
  #delayMs(...draws: readonly number[]): number {
    const { controller } = this.#setup
    const { latencyMs, jitterMs } = controller.plan
    if (latencyMs > 0) controller.note('latency')
    if (jitterMs > 0) controller.note('jitter')
    return draws.reduce((sumMs, draw) => sumMs + latencyMs + jitterMs * draw, 0)
  }
}
