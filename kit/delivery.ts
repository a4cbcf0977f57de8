import type { Delivery, Settled } from './api.ts'
import type { HoldfastError } from './holdfast-error.ts'
import { callApp } from './watched.ts'

type Outcome<Value> =
  | { readonly type: 'open' }
  | { readonly type: 'ok'; readonly value: Value }
  | { readonly type: 'error'; readonly error: HoldfastError }

/** A result that may never be asked for: no promise exists, and nothing is unhandled, until somebody awaits it. */
class LazyResult<Value> implements PromiseLike<Value> {
  #outcome: Outcome<Value> = { type: 'open' }
  #waiting: (() => void)[] = []

  get isOpen(): boolean {
    return this.#outcome.type === 'open'
  }

  settle(outcome: Exclude<Outcome<Value>, { type: 'open' }>): void {
    if (!this.isOpen) return
    this.#outcome = outcome
    for (const wake of this.#waiting.splice(0)) wake()
  }

  whenSettled(ok: (value: Value) => void, failed: (error: HoldfastError) => void): void {
    const outcome = this.#outcome
    if (outcome.type === 'ok') ok(outcome.value)
    else if (outcome.type === 'error') failed(outcome.error)
    else this.#waiting.push(() => this.whenSettled(ok, failed))
  }

  // The whole point: an app may await a delivery as it awaits a promise.
  // oxlint-disable-next-line unicorn/no-thenable
  then<Ok = Value, Failed = never>(
    ok?: ((value: Value) => Ok | PromiseLike<Ok>) | null,
    failed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): PromiseLike<Ok | Failed> {
    return new Promise<Value>((resolve, reject) => this.whenSettled(resolve, reject)).then(
      ok,
      failed,
    )
  }
}

/** One pushed event on its way: E5. */
export class PushedDelivery implements Delivery {
  readonly #stored = new LazyResult<void>()
  readonly #settled = new LazyResult<Settled>()
  readonly #onTimeout: (() => void)[] = []
  readonly #seenBy: (offset: number) => number
  #offset: number | undefined
  #isTimedOut = false

  constructor(seenBy: (offset: number) => number) {
    this.#seenBy = seenBy
  }

  get stored(): PromiseLike<void> {
    return this.#stored
  }

  get seen(): number {
    return this.#offset === undefined ? 0 : this.#seenBy(this.#offset)
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<Ok = Settled, Failed = never>(
    ok?: ((value: Settled) => Ok | PromiseLike<Ok>) | null,
    failed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): PromiseLike<Ok | Failed> {
    return this.#settled.then(ok, failed)
  }

  receive(status: 'ok', callback: (settled: Settled) => void): Delivery
  receive(status: 'error', callback: (error: HoldfastError) => void): Delivery
  receive(status: 'timeout', callback: () => void): Delivery
  receive(
    status: 'ok' | 'error' | 'timeout',
    callback: ((settled: Settled) => void) | ((error: HoldfastError) => void) | (() => void),
  ): Delivery {
    const ignore = (): void => {}
    if (status === 'ok') {
      const arrived = callback as (settled: Settled) => void
      this.#settled.whenSettled((settled) => callApp(() => arrived(settled)), ignore)
    }
    if (status === 'error') {
      const refused = callback as (error: HoldfastError) => void
      this.#settled.whenSettled(ignore, (error) => callApp(() => refused(error)))
    }
    if (status === 'timeout') {
      const timedOut = callback as () => void
      if (this.#isTimedOut) callApp(timedOut)
      else this.#onTimeout.push(timedOut)
    }
    return this
  }

  /** Calls back once it is settled either way. */
  whenOver(callback: () => void): void {
    this.#settled.whenSettled(callback, callback)
  }

  /** The entry is on this device's disk. */
  isStored(): void {
    this.#stored.settle({ type: 'ok', value: undefined })
  }

  cannotStore(error: HoldfastError): void {
    this.#stored.settle({ type: 'error', error })
  }

  isSettled(settled: Settled): void {
    this.#offset = settled.offset
    this.isStored()
    this.#settled.settle({ type: 'ok', value: settled })
  }

  fails(error: HoldfastError): void {
    this.#stored.settle({ type: 'error', error })
    this.#settled.settle({ type: 'error', error })
  }

  /** Still queued after the time that the app named. */
  takesLong(): void {
    if (!this.#settled.isOpen) return
    this.#isTimedOut = true
    for (const callback of this.#onTimeout.splice(0)) callApp(callback)
  }
}
