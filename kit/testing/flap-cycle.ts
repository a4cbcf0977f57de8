import type { FaultClock } from './delay-line.ts'

/** A network that comes and goes: there for `onMs`, gone for `offMs`, over and over. */
export class FlapCycle {
  readonly #clock: FaultClock
  readonly #changed: (isDown: boolean) => void
  #onMs = 0
  #offMs = 0
  #since = 0
  #isWatched = false
  #timer: unknown

  /** `changed` is called at each turn while {@link watch} says that somebody cares. */
  constructor(clock: FaultClock, changed: (isDown: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  get isDown(): boolean {
    return this.#isFlapping && this.#place() >= this.#onMs
  }

  /** Begins anew with a network there, unless nothing changed. */
  set(onMs: number, offMs: number): void {
    if (onMs === this.#onMs && offMs === this.#offMs) return
    this.#onMs = onMs
    this.#offMs = offMs
    this.#since = this.#clock.now()
    this.#disarm()
    this.#arm()
  }

  /** Without a watcher no timer runs: one left behind would keep a Node process alive. */
  watch(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return
    this.#isWatched = isWatched
    this.#disarm()
    this.#arm()
  }

  get #isFlapping(): boolean {
    return this.#onMs > 0 && this.#offMs > 0
  }

  /** How far the present period has come, in ms. */
  #place(): number {
    return (this.#clock.now() - this.#since) % (this.#onMs + this.#offMs)
  }

  #arm(): void {
    if (!this.#isWatched || !this.#isFlapping) return
    const wasDown = this.isDown
    const endMs = wasDown ? this.#onMs + this.#offMs : this.#onMs
    const delayMs = Math.max(1, Math.ceil(endMs - this.#place()))
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      const { isDown } = this
      // A timer can be early by a fraction: then it is set again.
      this.#arm()
      if (isDown !== wasDown) this.#changed(isDown)
    }, delayMs)
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
