import type { VirtualTime } from './virtual-time.ts'

/** How bad a link is; all zero but the delay once the world is healed. */
export type LinkFaults = { lossRate: number; cutRate: number; maxDelayMs: number }

export type LinkEnd = {
  readonly message: (bytes: Uint8Array) => void
  readonly closed: (code: number) => void
}

/** One connection: frames arrive in order, late, or not at all; a cut is heard by each end in its own time, or never. */
export class WorldLink {
  readonly #time: VirtualTime
  readonly #random: () => number
  readonly #faults: LinkFaults
  readonly #ends: readonly [LinkEnd, LinkEnd]
  readonly #busyUntil: [number, number] = [0, 0]
  #isCut = false

  constructor(
    time: VirtualTime,
    random: () => number,
    faults: LinkFaults,
    ends: readonly [LinkEnd, LinkEnd],
  ) {
    this.#time = time
    this.#random = random
    this.#faults = faults
    this.#ends = ends
  }

  /** From end `from` to the other one. A frame that nobody would ask for again is `isSure` to arrive, or the link is cut. */
  send(from: 0 | 1, bytes: Uint8Array, isSure = false): void {
    if (this.#isCut) return
    if (this.#random() < this.#faults.cutRate) return this.cut()
    if (!isSure && this.#random() < this.#faults.lossRate) return
    this.#arrive(from === 0 ? 1 : 0, (end) => end.message(bytes))
  }

  close(from: 0 | 1, code: number): void {
    if (this.#isCut) return
    this.#arrive(from === 0 ? 1 : 0, (end) => end.closed(code))
    // Nothing more is said on it, but what is under way arrives.
    this.#isCut = true
  }

  cut(): void {
    if (this.#isCut) return
    this.#isCut = true
    for (const to of [0, 1] as const) {
      const isHeard = this.#random() < 0.7
      if (isHeard) this.#time.after(this.#random() * 500, () => this.#ends[to].closed(1006))
    }
  }

  #arrive(to: 0 | 1, deliver: (end: LinkEnd) => void): void {
    const at = this.#time.now + this.#random() * this.#faults.maxDelayMs
    this.#busyUntil[to] = Math.max(this.#busyUntil[to], at)
    this.#time.after(this.#busyUntil[to] - this.#time.now, () => deliver(this.#ends[to]))
  }
}
