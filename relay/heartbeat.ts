import type { Clock } from './clock.ts'
import type { Link } from './link.ts'
import type { RoomHost } from './room-host.ts'
import type { Seat } from './seat.ts'

type Told = { readonly seat: Seat; readonly head: number }

/** W11, C6: the pulses of one connection and what came back of them. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #link: Link
  readonly #rooms: ReadonlyMap<Seat, RoomHost>
  #n = 0
  #rttMs: number | undefined
  #last: { readonly n: number; readonly at: number; readonly told: readonly Told[] } | undefined
  #pulsedAt: number

  constructor(clock: Clock, link: Link, rooms: ReadonlyMap<Seat, RoomHost>) {
    this.#clock = clock
    this.#link = link
    this.#rooms = rooms
    this.#pulsedAt = clock.now()
  }

  get pulsedAt(): number {
    return this.#pulsedAt
  }

  pulse(): void {
    const at = this.#clock.now()
    const told = this.#untold()
    const n = ++this.#n
    this.#last = { n, at, told }
    this.#pulsedAt = at
    this.#send(n, told)
  }

  /** The client's `beat`: an answer to a pulse, or with 0 a question of its own. */
  beaten(n: number): void {
    if (n === 0) return this.#send(0, this.#untold())
    if (n !== this.#last?.n) return
    this.#rttMs = Math.round(this.#clock.now() - this.#last.at)
    // A pulse may be lost like any frame: only an answered one has told its heads.
    for (const { seat, head } of this.#last.told) seat.toldHead = Math.max(seat.toldHead, head)
  }

  #untold(): Told[] {
    const told: Told[] = []
    for (const [seat, host] of this.#rooms) {
      if (!seat.isJoined || host.head === seat.toldHead) continue
      told.push({ seat, head: host.head })
    }
    return told
  }

  #send(n: number, told: readonly Told[]): void {
    const heads = told.map(({ seat, head }) => ({ room: this.#rooms.get(seat)!.number, head }))
    this.#link.send({ type: 'pulse', n, rttMs: this.#rttMs, heads })
  }
}
