import type { FaultClock } from './delay-line.ts'

/** What nothing overtakes goes on after so long all the same. */
const MOST_HELD_MS = 250

type Held<Item> = {
  readonly item: Item
  readonly place: number
  readonly until: number
  left: number
  isOvertaken: boolean
}

/** Lets items be overtaken by those behind them, never by more than was said for each. */
export class Shuffle<Item> {
  readonly #clock: FaultClock
  readonly #pass: (item: Item) => void
  readonly #overtaken: () => void
  #held: Held<Item>[] = []
  #lastPlace = 0
  #timer: unknown

  /** `overtaken` is called once for each item that another one really got past. */
  constructor(clock: FaultClock, pass: (item: Item) => void, overtaken: () => void) {
    this.#clock = clock
    this.#pass = pass
    this.#overtaken = overtaken
  }

  /** `by`: how many may overtake this one; 0 lets it pass now. */
  push(item: Item, by: number): void {
    const place = ++this.#lastPlace
    if (by === 0) return this.#go(item, place)
    const until = this.#clock.now() + MOST_HELD_MS
    this.#held.push({ item, place, until, left: by, isOvertaken: false })
    this.#arm()
  }

  /** Lets all pass that is held, in its order. */
  flush(): void {
    for (const { item } of this.#held.splice(0)) this.#pass(item)
    this.#disarm()
  }

  clear(): void {
    this.#held = []
    this.#disarm()
  }

  #go(item: Item, place: number): void {
    for (const held of this.#held) {
      if (held.place > place) continue
      held.left--
      if (!held.isOvertaken) this.#overtaken()
      held.isOvertaken = true
    }
    this.#pass(item)
    const next = this.#held.find(({ left }) => left <= 0)
    if (next !== undefined) this.#release(next)
  }

  #release(held: Held<Item>): void {
    this.#held = this.#held.filter((each) => each !== held)
    this.#go(held.item, held.place)
  }

  #arm(): void {
    const [first] = this.#held
    if (first === undefined || this.#timer !== undefined) return
    const delayMs = Math.max(0, Math.ceil(first.until - this.#clock.now()))
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      const late = this.#held.find(({ until }) => until <= this.#clock.now())
      if (late !== undefined) this.#release(late)
      this.#arm()
    }, delayMs)
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
