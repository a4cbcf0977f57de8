import { HoldfastError } from '../holdfast-error.ts'
import { systemFaultClock } from './delay-line.ts'
import type { FaultClock } from './delay-line.ts'
import { connectionDraws } from './fault-draws.ts'
import type { ConnectionDraws } from './fault-draws.ts'
import type { FaultKind, FaultPlan } from './fault-kinds.ts'
import { cleanPlan, faultPlanError } from './fault-plan.ts'
import { FlapCycle } from './flap-cycle.ts'

/** What the controller wants of a connection. */
export type FaultySubject = {
  /** The wire is broken now. */
  readonly cut: () => void
  /** The plan is another one. */
  readonly planChanged: () => void
}

/**
 * The hand on the faults of any number of connections: holds the plan, does what happens once, counts what really happened.
 *
 * @example
 *   const faults = new FaultController(cleanPlan(7))
 *   const room = openRoom({ url, room: 'notes', doc, WebSocket: faultyWebSocket(WebSocket, faults) })
 *   faults.set({ latencyMs: 200, lossUp: 0.1 })
 *   faults.goOffline()
 */
export class FaultController {
  #plan: FaultPlan
  #connectionCount = 0
  #acksToLose = 0
  readonly #subjects = new Set<FaultySubject>()
  readonly #listeners = new Set<() => void>()
  readonly #fired: Record<FaultKind, number> = {
    latency: 0,
    jitter: 0,
    bandwidthUp: 0,
    bandwidthDown: 0,
    lossUp: 0,
    lossDown: 0,
    duplicateUp: 0,
    duplicateDown: 0,
    reorderUp: 0,
    reorderDown: 0,
    corruptUp: 0,
    corruptDown: 0,
    loseAcks: 0,
    cut: 0,
    refuse: 0,
    halfOpenUp: 0,
    halfOpenDown: 0,
    flap: 0,
  }
  readonly #flaps: FlapCycle

  /** Throws `bad-option` for a plan with a value out of its range. `clock` is what flapping runs on. */
  constructor(plan: FaultPlan = cleanPlan(0), clock: FaultClock = systemFaultClock()) {
    check(plan)
    this.#plan = { ...plan }
    this.#flaps = new FlapCycle(clock, (isDown) => this.#flapped(isDown))
    this.#flaps.set(plan.flapOnMs, plan.flapOffMs)
  }

  get plan(): FaultPlan {
    return this.#plan
  }

  /**
   * How often each fault really hit: frames delayed, lost, doubled, overtaken or changed, connections cut or refused (by flapping:
   * `flap`), and for half-open each frame or event that vanished. A fault that is merely switched on counts nothing.
   */
  get fired(): Readonly<Record<FaultKind, number>> {
    return this.#fired
  }

  /**
   * Changes the plan from now on. Naming a seed also starts its draws anew, for connections made from then on. Frames under
   * way keep their delay. Throws `bad-option` for a value out of its range; then nothing changed.
   */
  set(change: Partial<FaultPlan>): void {
    check(change)
    this.#plan = { ...this.#plan, ...change }
    if (change.seed !== undefined) this.#connectionCount = 0
    this.#flaps.set(this.#plan.flapOnMs, this.#plan.flapOffMs)
    for (const subject of [...this.#subjects]) subject.planChanged()
    this.#notify()
  }

  /** All connections, also those still being made, die now and uncleanly (1006). New ones are as the plan says. */
  cut(): void {
    this.#cutAll('cut')
  }

  /** Refuses new connections and cuts those there are. */
  goOffline(): void {
    this.set({ refuse: true })
    this.cut()
  }

  /** Ends `goOffline`; every other fault stays as it is. */
  comeBack(): void {
    this.set({ refuse: false })
  }

  /** The next `count` frames from the relay that settle something are lost, whatever the plan's probability. */
  loseNextAcks(count: number): void {
    if (!Number.isInteger(count) || count < 0) {
      throw new HoldfastError('bad-option', `${count} is not a number of acks that can be lost.`)
    }
    this.#acksToLose = count
    this.#notify()
  }

  /** Calls `listener` after each change of the plan, each fault that fired and each turn of flapping; returns how to stop. */
  subscribe(listener: () => void): () => void {
    // Wrapped, so that the same function may subscribe twice.
    const entry = (): void => listener()
    this.#listeners.add(entry)
    this.#watchFlaps()
    return () => {
      this.#listeners.delete(entry)
      this.#watchFlaps()
    }
  }

  /** For a wrapped connection: to be told of cuts and changes until the returned function is called. */
  attach(subject: FaultySubject): () => void {
    this.#subjects.add(subject)
    this.#watchFlaps()
    return () => {
      this.#subjects.delete(subject)
      this.#watchFlaps()
    }
  }

  /** Which fault refuses a connection that is made now, if one does. */
  get refusedBy(): 'refuse' | 'flap' | undefined {
    if (this.#plan.refuse) return 'refuse'
    return this.#flaps.isDown ? 'flap' : undefined
  }

  /** Whether what goes in this direction vanishes now. */
  swallows(direction: 'up' | 'down'): boolean {
    return this.#plan.halfOpen === direction || this.#plan.halfOpen === 'both'
  }

  /** For a wrapped connection that is about to be made. */
  drawsOfNextConnection(): ConnectionDraws {
    return connectionDraws(this.#plan.seed, this.#connectionCount++)
  }

  /** For a wrapped connection: whether this ack goes; `draw` in [0, 1). `isAck` is asked only if it matters. */
  losesAck(draw: number, isAck: () => boolean): boolean {
    const isWanted = this.#acksToLose > 0 || draw < this.#plan.loseAcks
    if (!isWanted || !isAck()) return false
    if (this.#acksToLose > 0) this.#acksToLose--
    return true
  }

  /** For a wrapped connection: this fault just happened. */
  note(kind: FaultKind): void {
    this.#fired[kind]++
    this.#notify()
  }

  #cutAll(kind: 'cut' | 'flap'): void {
    for (const subject of [...this.#subjects]) {
      this.#fired[kind]++
      subject.cut()
    }
    this.#notify()
  }

  #flapped(isDown: boolean): void {
    if (isDown) this.#cutAll('flap')
    else this.#notify()
  }

  #watchFlaps(): void {
    this.#flaps.watch(this.#subjects.size + this.#listeners.size > 0)
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

const check = (plan: Partial<FaultPlan>): void => {
  const error = faultPlanError(plan)
  if (error !== undefined) throw new HoldfastError('bad-option', error.sentence)
}
