import { DelayLine } from './delay-line.ts'
import type { FaultClock } from './delay-line.ts'
import type { FaultController } from './fault-controller.ts'
import type { SocketCloseEvent } from './socket-events.ts'
import { bytesOf, OPEN, snapshotOf } from './socket-like.ts'
import type { FrameData, SocketLike } from './socket-like.ts'

export type WireSetup = {
  readonly controller: FaultController
  readonly clock: FaultClock
  readonly isAck: (bytes: Uint8Array) => boolean
}

type UpItem =
  | { readonly type: 'message'; readonly data: FrameData }
  | { readonly type: 'close'; readonly code?: number; readonly reason?: string }

/** What comes out of the wire at the app's end. */
export type DownItem =
  | { readonly type: 'open' }
  | { readonly type: 'message'; readonly data: unknown }
  | { readonly type: 'error' }
  | {
      readonly type: 'close'
      readonly code: number
      readonly reason: string
      readonly wasClean: boolean
    }

export type WireEvents = {
  readonly arrived: (item: DownItem) => void
  /** The other end closed unheard, and now it is known that nobody is there. */
  readonly foundGone: () => void
}

/**
 * The way between the app and a real connection, with all that goes wrong on it: a delayed line each way, losses when a frame
 * enters it, half-open when it comes out.
 */
export class FaultyWire {
  readonly #setup: WireSetup
  readonly #inner: SocketLike
  readonly #events: WireEvents
  readonly #up: DelayLine<UpItem>
  readonly #down: DelayLine<DownItem>
  readonly #drawUp: () => number
  readonly #drawDown: () => number
  #isOpenHeld = false
  #isCloseLost = false
  #isDropped = false

  constructor(setup: WireSetup, inner: SocketLike, events: WireEvents) {
    this.#setup = setup
    this.#inner = inner
    this.#events = events
    this.#up = new DelayLine(setup.clock, (item) => this.#leave(item))
    this.#down = new DelayLine(setup.clock, (item) => this.#arrive(item))
    const draws = setup.controller.drawsOfNextConnection()
    this.#drawUp = draws.up
    this.#drawDown = draws.down
    inner.onopen = () =>
      // There and back again.
      this.#enterDown({ type: 'open' }, this.#drawDown(), this.#drawDown())
    inner.onmessage = ({ data }: { data: unknown }) => this.#receive(data)
    inner.onerror = () => this.#enterDown({ type: 'error' }, this.#drawDown())
    inner.onclose = ({ code, reason, wasClean }: SocketCloseEvent) =>
      this.#enterDown({ type: 'close', code, reason, wasClean }, this.#drawDown())
  }

  send(data: FrameData): void {
    // Every frame makes the same draws, so that one fault never changes what another one hits.
    const jitterDraw = this.#drawUp()
    const lossDraw = this.#drawUp()
    const { controller } = this.#setup
    if (lossDraw < controller.plan.lossUp) {
      controller.note('lossUp')
      return
    }
    const delayMs = this.#delayMs(jitterDraw)
    const isPassedOnNow = delayMs === 0 && this.#up.isIdle
    this.#up.push({ type: 'message', data: isPassedOnNow ? data : snapshotOf(data) }, delayMs)
  }

  sendClose(code: number | undefined, reason: string | undefined): void {
    const item: UpItem = {
      type: 'close',
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason }),
    }
    this.#up.push(item, this.#delayMs(this.#drawUp()))
  }

  /** Half-open may be over: what only waited comes through. */
  planChanged(): void {
    if (!this.#isOpenHeld || this.#setup.controller.swallows('down')) return
    this.#isOpenHeld = false
    if (this.#isCloseLost) this.#events.foundGone()
    else this.#events.arrived({ type: 'open' })
  }

  /** From here on nothing comes out at either end. */
  drop(): void {
    this.#isDropped = true
    this.#up.clear()
    this.#down.clear()
    const inner = this.#inner
    inner.onopen = null
    inner.onmessage = null
    inner.onclose = null
    // `ws` throws an error to which nobody listens, and makes one for a connection dropped while opening.
    inner.onerror = () => {}
    if (inner.terminate === undefined) inner.close()
    else inner.terminate()
  }

  /** A frame of the other end enters the wire. */
  #receive(data: unknown): void {
    if (this.#isDropped) return
    const jitterDraw = this.#drawDown()
    const lossDraw = this.#drawDown()
    const ackDraw = this.#drawDown()
    const { controller, isAck } = this.#setup
    const bytes = bytesOf(data)
    if (lossDraw < controller.plan.lossDown) controller.note('lossDown')
    else if (bytes !== undefined && controller.losesAck(ackDraw, () => isAck(bytes))) {
      controller.note('loseAcks')
    } else this.#enterDown({ type: 'message', data }, jitterDraw)
  }

  #enterDown(item: DownItem, ...draws: readonly number[]): void {
    if (!this.#isDropped) this.#down.push(item, this.#delayMs(...draws))
  }

  /** What was sent comes out at the other end. */
  #leave(item: UpItem): void {
    const { controller } = this.#setup
    if (controller.swallows('up')) controller.note('halfOpenUp')
    else if (this.#isCloseLost) {
      // Who sends to an end that is gone is told so, if the answer comes through.
      if (controller.swallows('down')) controller.note('halfOpenDown')
      else this.#events.foundGone()
    } else if (this.#inner.readyState !== OPEN) return
    else if (item.type === 'message') this.#inner.send(item.data)
    else this.#inner.close(item.code, item.reason)
  }

  /** What the other end sent or did comes out here. */
  #arrive(item: DownItem): void {
    const { controller } = this.#setup
    if (!controller.swallows('down')) {
      this.#events.arrived(item)
      return
    }
    controller.note('halfOpenDown')
    if (item.type === 'open') this.#isOpenHeld = true
    if (item.type === 'close') this.#isCloseLost = true
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
