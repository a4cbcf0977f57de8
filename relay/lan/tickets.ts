import { createHash, timingSafeEqual } from 'node:crypto'

export type TicketsOptions = {
  /** `count` bytes of good randomness. */
  readonly randomBytes: (count: number) => Uint8Array
  /** Monotonic, in ms. */
  readonly now: () => number
  /** Called with each ticket that takes the place of one that was used or is too old. */
  readonly replaced: (ticket: string) => void
}

/** What becomes of a ticket that somebody shows. */
export type Shown = 'taken' | 'wrong' | 'too-often'

const TICKET_BYTES = 16
export const TICKET_LIFE_MS = 10 * 60_000
/** Wrong tickets of one address in a minute; beyond that it is not listened to until that is over. */
const MOST_WRONG = 20
const MINUTE_MS = 60_000
/** Addresses that are remembered for their wrong tickets. */
const MOST_GUESSERS = 1000

type Guesses = { readonly since: number; count: number }

/** A5: the one ticket with which a device of the local network gets in: it is taken once or grows old, and then there is another one. */
export class Tickets {
  readonly #options: TicketsOptions
  readonly #guesses = new Map<string, Guesses>()
  #current: string
  #madeAt: number

  constructor(options: TicketsOptions) {
    this.#options = options
    this.#current = this.#mint()
    this.#madeAt = options.now()
  }

  get current(): string {
    return this.#current
  }

  /** To be called from time to time: what is shown must be good. Returns for how many ms the current ticket is good. */
  renew(): number {
    const age = this.#options.now() - this.#madeAt
    if (age < TICKET_LIFE_MS) return Math.ceil(TICKET_LIFE_MS - age)
    this.#replace()
    return TICKET_LIFE_MS
  }

  /** `address`: of who shows it. */
  show(ticket: string, address: string): Shown {
    this.renew()
    const guesses = this.#guessesOf(address)
    if (guesses.count >= MOST_WRONG) return 'too-often'
    if (!isSame(ticket, this.#current)) {
      guesses.count++
      this.#guesses.set(address, guesses)
      return 'wrong'
    }
    this.#replace()
    return 'taken'
  }

  #guessesOf(address: string): Guesses {
    const now = this.#options.now()
    const known = this.#guesses.get(address)
    if (known !== undefined && now - known.since < MINUTE_MS) return known
    if (this.#guesses.size >= MOST_GUESSERS) this.#guesses.clear()
    return { since: now, count: 0 }
  }

  #replace(): void {
    this.#current = this.#mint()
    this.#madeAt = this.#options.now()
    this.#options.replaced(this.#current)
  }

  #mint(): string {
    return Buffer.from(this.#options.randomBytes(TICKET_BYTES)).toString('base64url')
  }
}

/** Takes as long for a near miss as for nonsense. */
const isSame = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a!, b!)
}
