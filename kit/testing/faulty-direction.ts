import { DelayLine } from './delay-line.ts'
import type { FaultClock } from './delay-line.ts'
import type { FaultController } from './fault-controller.ts'
import type { DirectionDraws } from './fault-draws.ts'
import { Shuffle } from './shuffle.ts'
import { bytesOf, corrupted, sizeOf, snapshotOf } from './socket-like.ts'

export type Direction = 'up' | 'down'

export type DirectionSetup<Data, Event> = {
  readonly controller: FaultController
  readonly clock: FaultClock
  readonly direction: Direction
  readonly draws: DirectionDraws
  /** Whether a sender may reuse its buffer while a frame of it is under way. */
  readonly isCopied: boolean
  readonly isAck: (bytes: Uint8Array) => boolean
  readonly deliver: (item: Item<Data, Event>) => void
  /** The plan cuts the connection here. */
  readonly broke: () => void
}

/** What comes out at the other end: a frame, or what befell the connection. */
export type Item<Data, Event> =
  | { readonly type: 'frame'; readonly data: Data }
  | { readonly type: 'event'; readonly event: Event }

type Entering<Data> = { readonly data: Data; readonly jitterDraw: number }

const COUNTED = {
  up: {
    bandwidth: 'bandwidthUp',
    loss: 'lossUp',
    duplicate: 'duplicateUp',
    reorder: 'reorderUp',
    corrupt: 'corruptUp',
    bytesPerSecond: 'bytesPerSecondUp',
  },
  down: {
    bandwidth: 'bandwidthDown',
    loss: 'lossDown',
    duplicate: 'duplicateDown',
    reorder: 'reorderDown',
    corrupt: 'corruptDown',
    bytesPerSecond: 'bytesPerSecondDown',
  },
} as const

/**
 * One direction of a wire. A frame that enters may be lost, spoilt, doubled or held until others are past it; then it takes
 * its time on the line, in order.
 */
export class FaultyDirection<Data, Event> {
  readonly #setup: DirectionSetup<Data, Event>
  readonly #names: (typeof COUNTED)[Direction]
  readonly #line: DelayLine<Item<Data, Event>>
  readonly #shuffle: Shuffle<Entering<Data>>
  /** When the last byte that went in is through, on the clock. */
  #freeAt = 0
  #isDropped = false

  constructor(setup: DirectionSetup<Data, Event>) {
    this.#setup = setup
    this.#names = COUNTED[setup.direction]
    this.#line = new DelayLine(setup.clock, (item) => setup.deliver(item))
    const overtaken = (): void => setup.controller.note(this.#names.reorder)
    this.#shuffle = new Shuffle(setup.clock, (entering) => this.#enter(entering), overtaken)
  }

  frame(given: Data): void {
    if (this.#isDropped) return
    // Every frame makes the same draws, so that neither another fault nor when one was switched on changes what is hit.
    const { controller, draws } = this.#setup
    const { plan } = controller
    const jitterDraw = draws.jitter()
    const isLost = draws.loss() < plan[this.#names.loss]
    const ackDraw = draws.ack()
    const isCut = draws.cut() < plan.cut
    const isDoubled = draws.duplicate() < plan[this.#names.duplicate]
    const isReordered = draws.reorder() < plan[this.#names.reorder]
    const reorderBy = 1 + Math.floor(draws.reorder() * plan.reorderFrames)
    const isCorrupt = draws.corrupt() < plan[this.#names.corrupt]
    const corruptDraws = [draws.corrupt(), draws.corrupt()] as const
    if (isCut) {
      controller.note('cut')
      return this.#setup.broke()
    }
    if (isLost) return controller.note(this.#names.loss)
    if (this.#losesAck(given, ackDraw)) return controller.note('loseAcks')
    const data = isCorrupt ? this.#corrupted(given, corruptDraws) : given
    if (isDoubled) controller.note(this.#names.duplicate)
    const by = isReordered ? reorderBy : 0
    for (const copy of isDoubled ? [data, snapshotOf(data)] : [data]) {
      if (this.#isDropped) return
      const isHeld = by > 0 && this.#setup.isCopied
      this.#shuffle.push({ data: isHeld ? snapshotOf(copy) : copy, jitterDraw }, by)
    }
  }

  /** What befalls the connection stays behind every frame that went in before it, and crosses the wire `crossings` times. */
  event(event: Event, crossings: number = 1): void {
    if (this.#isDropped) return
    this.#shuffle.flush()
    const draws = Array.from({ length: crossings }, () => this.#setup.draws.jitter())
    this.#line.push({ type: 'event', event }, this.#delayMs(...draws))
  }

  /** From here on nothing comes out. */
  drop(): void {
    this.#isDropped = true
    this.#shuffle.clear()
    this.#line.clear()
  }

  #enter({ data, jitterDraw }: Entering<Data>): void {
    if (this.#isDropped) return
    const delayMs = this.#transmissionMs(data) + this.#delayMs(jitterDraw)
    const isPassedOnNow = delayMs === 0 && this.#line.isIdle
    const isSafe = isPassedOnNow || !this.#setup.isCopied
    this.#line.push({ type: 'frame', data: isSafe ? data : snapshotOf(data) }, delayMs)
  }

  #losesAck(data: Data, draw: number): boolean {
    const { controller, direction, isAck } = this.#setup
    if (direction === 'up') return false
    const bytes = bytesOf(data)
    return bytes !== undefined && controller.losesAck(draw, () => isAck(bytes))
  }

  #corrupted(data: Data, draws: readonly [number, number]): Data {
    const spoilt = corrupted(data, ...draws)
    if (spoilt === undefined) return data
    this.#setup.controller.note(this.#names.corrupt)
    return spoilt
  }

  /** Until the wire is free, and then until the last byte is in it. */
  #transmissionMs(data: Data): number {
    const { controller, clock } = this.#setup
    const bytesPerSecond = controller.plan[this.#names.bytesPerSecond]
    const size = sizeOf(data)
    if (bytesPerSecond === 0 || size === 0) return 0
    const now = clock.now()
    this.#freeAt = Math.max(now, this.#freeAt) + (size * 1000) / bytesPerSecond
    controller.note(this.#names.bandwidth)
    return this.#freeAt - now
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
