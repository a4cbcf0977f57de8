import type { RoomEffect } from '../protocol/index.ts'
import { PushedDelivery } from './delivery.ts'
import { HoldfastError } from './holdfast-error.ts'
import type { Clock } from './ports.ts'

type Settled = Extract<RoomEffect, { type: 'settled' }>
type Refused = Extract<RoomEffect, { type: 'refused' }>

const DEFAULT_TIMEOUT_MS = 10_000

/** One for all: where nothing can be stored each push would otherwise make its own. */
const CANNOT_STORE = new HoldfastError(
  'volatile',
  'This page cannot store anything on this device now.',
)

/** The pushed events of one room that the app may be waiting for, by the tag that travels with each. */
export class Deliveries {
  readonly #clock: Clock
  readonly #seenBy: (offset: number) => number
  readonly #open = new Map<number, PushedDelivery>()
  /** Those of them that are not known to be on this device's disk, nor told that they will not be soon. */
  readonly #unstored = new Set<PushedDelivery>()
  #lastTag = 0
  /** The newest place in the log of what this page had unsettled. */
  #lastOffset = 0

  constructor(clock: Clock, seenBy: (offset: number) => number) {
    this.#clock = clock
    this.#seenBy = seenBy
  }

  begin(timeoutMs: number = DEFAULT_TIMEOUT_MS): { tag: number; delivery: PushedDelivery } {
    const tag = ++this.#lastTag
    const delivery = new PushedDelivery(this.#seenBy)
    this.#open.set(tag, delivery)
    this.#unstored.add(delivery)
    const cancel = this.#clock.wake(this.#clock.now() + timeoutMs, () => delivery.takesLong())
    delivery.whenOver(() => {
      cancel()
      this.#unstored.delete(delivery)
    })
    return { tag, delivery }
  }

  stored(tag: number): void {
    const delivery = this.#open.get(tag)
    if (delivery === undefined) return
    this.#unstored.delete(delivery)
    delivery.isStored()
  }

  /** How many others have applied all that this page has settled. */
  get seenBy(): number {
    return this.#seenBy(this.#lastOffset)
  }

  /** C9: places of the old log mean nothing in the new one. */
  logBeginsAnew(): void {
    this.#lastOffset = 0
  }

  settled({ tag, offset, epoch }: Settled): void {
    this.#lastOffset = Math.max(this.#lastOffset, offset ?? 0)
    if (tag === undefined) return
    this.#open.get(tag)?.isSettled({ offset, epoch })
    this.#open.delete(tag)
  }

  refused({ tag, row }: Refused): void {
    if (tag === undefined) return
    const sentence = `The relay refused this event for good (${row.code}). It is in the list of rejected entries.`
    this.#open.get(tag)?.fails(new HoldfastError('rejected', sentence))
    this.#open.delete(tag)
  }

  /** Nothing that is not on disk yet will be there soon. */
  cannotStore(): void {
    if (this.#unstored.size === 0) return
    const unstored = [...this.#unstored]
    this.#unstored.clear()
    for (const delivery of unstored) delivery.cannotStore(CANNOT_STORE)
  }

  close(): void {
    const error = new HoldfastError(
      'closed',
      'The room was closed; what was stored is sent when this app next runs here.',
    )
    for (const delivery of this.#open.values()) delivery.fails(error)
    this.#open.clear()
  }
}
