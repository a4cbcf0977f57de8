import type { Draws } from '../kernel/random.ts'
import type { Direction } from './pipe.ts'

/** What happens to the next message in a direction. */
export type FrameFault = 'lose' | 'corrupt' | 'duplicate'

/** How things are between one page and the relay: what its connections have in common. */
export class Route {
  /** Milliseconds one way, at least and at most. */
  latencyMs: readonly [number, number] = [1, 20]
  readonly #draws: Draws
  readonly #struck: (fault: FrameFault) => void
  readonly #eatsUntil = { up: 0, down: 0 }
  readonly #cloggedUntil = { up: 0, down: 0 }
  readonly #next: Record<Direction, FrameFault | undefined> = { up: undefined, down: undefined }
  /** How many messages pass before that one. */
  readonly #passing: Record<Direction, number> = { up: 0, down: 0 }
  #now = (): number => 0

  /** `struck` hears of each message that was changed. */
  constructor(now: () => number, draws: Draws, struck: (fault: FrameFault) => void) {
    this.#now = now
    this.#draws = draws
    this.#struck = struck
  }

  /** Nothing arrives before `until`; then all of it does. */
  clog(direction: Direction, until: number): void {
    this.#cloggedUntil[direction] = Math.max(this.#cloggedUntil[direction], until)
  }

  /** Connections that are open, and those that are made before `until`, swallow what is sent in this direction. */
  eat(direction: Direction, until: number): void {
    this.#eatsUntil[direction] = Math.max(this.#eatsUntil[direction], until)
  }

  eats(direction: Direction): boolean {
    return this.#now() < this.#eatsUntil[direction]
  }

  /** A message in this direction is lost, changed or doubled: the next one, or one of those behind it. */
  hitNext(direction: Direction, fault: FrameFault, passing: number): void {
    this.#next[direction] = fault
    this.#passing[direction] = passing
  }

  heal(): void {
    this.latencyMs = [1, 20]
    for (const direction of ['up', 'down'] as const) {
      this.#eatsUntil[direction] = 0
      this.#cloggedUntil[direction] = 0
      this.#next[direction] = undefined
    }
  }

  arrivalOf(direction: Direction, now: number, draws: Draws): number {
    const [least, most] = this.latencyMs
    const at = now + draws.between(least, most)
    return Math.max(at, this.#cloggedUntil[direction])
  }

  /** What arrives of a message. */
  strike(direction: Direction, bytes: Uint8Array): readonly Uint8Array[] {
    const fault = this.#next[direction]
    if (fault === undefined || this.#passing[direction]-- > 0) return [bytes]
    this.#next[direction] = undefined
    this.#struck(fault)
    switch (fault) {
      case 'lose':
        return []
      case 'duplicate':
        return [bytes, bytes]
      case 'corrupt': {
        const changed = bytes.slice()
        const at = this.#draws.below(changed.length)
        changed[at] = changed[at]! ^ (1 << this.#draws.below(8))
        return [changed]
      }
    }
  }
}
