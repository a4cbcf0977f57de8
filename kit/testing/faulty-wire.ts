import type { FaultClock } from './delay-line.ts'
import type { FaultController } from './fault-controller.ts'
import { FaultyDirection } from './faulty-direction.ts'
import type { Item } from './faulty-direction.ts'
import type { SocketCloseEvent } from './socket-events.ts'
import { OPEN } from './socket-like.ts'
import type { FrameData, SocketLike } from './socket-like.ts'

export type WireSetup = {
  readonly controller: FaultController
  readonly clock: FaultClock
  readonly isAck: (bytes: Uint8Array) => boolean
}

/** What the app does to the wire besides sending. */
type Close = { readonly code?: number; readonly reason?: string }

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
  /** The wire broke, or the other end closed unheard and now it is known that nobody is there. */
  readonly foundGone: () => void
}

type DownEvent = Exclude<DownItem, { readonly type: 'message' }>

/** The way between the app and a real connection: what a frame suffers when it enters, half-open when it comes out. */
export class FaultyWire {
  readonly #setup: WireSetup
  readonly #inner: SocketLike
  readonly #events: WireEvents
  readonly #up: FaultyDirection<FrameData, Close>
  readonly #down: FaultyDirection<unknown, DownEvent>
  #isOpenHeld = false
  #isCloseLost = false

  constructor(setup: WireSetup, inner: SocketLike, events: WireEvents) {
    this.#setup = setup
    this.#inner = inner
    this.#events = events
    const draws = setup.controller.drawsOfNextConnection()
    const broke = (): void => events.foundGone()
    this.#up = new FaultyDirection({
      ...setup,
      direction: 'up',
      draws: draws.up,
      isCopied: true,
      broke,
      deliver: (item) => this.#leave(item),
    })
    this.#down = new FaultyDirection({
      ...setup,
      direction: 'down',
      draws: draws.down,
      isCopied: false,
      broke,
      deliver: (item) => {
        if (item.type === 'event') this.#arrive(item.event)
        else this.#arrive({ type: 'message', data: item.data })
      },
    })
    // There and back again.
    inner.onopen = () => this.#down.event({ type: 'open' }, 2)
    inner.onmessage = ({ data }: { data: unknown }) => this.#down.frame(data)
    inner.onerror = () => this.#down.event({ type: 'error' })
    inner.onclose = ({ code, reason, wasClean }: SocketCloseEvent) =>
      this.#down.event({ type: 'close', code, reason, wasClean })
  }

  send(data: FrameData): void {
    this.#up.frame(data)
  }

  sendClose(code: number | undefined, reason: string | undefined): void {
    this.#up.event({
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason }),
    })
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
    this.#up.drop()
    this.#down.drop()
    const inner = this.#inner
    inner.onopen = null
    inner.onmessage = null
    inner.onclose = null
    // `ws` throws an error to which nobody listens, and makes one for a connection dropped while opening.
    inner.onerror = () => {}
    if (inner.terminate === undefined) inner.close()
    else inner.terminate()
  }

  /** What was sent comes out at the other end. */
  #leave(item: Item<FrameData, Close>): void {
    const { controller } = this.#setup
    if (controller.swallows('up')) controller.note('halfOpenUp')
    else if (this.#isCloseLost) {
      // Who sends to an end that is gone is told so, if the answer comes through.
      if (controller.swallows('down')) controller.note('halfOpenDown')
      else this.#events.foundGone()
    } else if (this.#inner.readyState !== OPEN) return
    else if (item.type === 'frame') this.#inner.send(item.data)
    else this.#inner.close(item.event.code, item.event.reason)
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
}
