import type { Link, LinkEvents } from '../../kit/ports.ts'
import type { Draws } from '../kernel/random.ts'
import type { Process } from '../kernel/process.ts'
import { Pipe } from './pipe.ts'
import type { Route } from './route.ts'
import { ServerSocket } from './server-socket.ts'

/** Abnormal closure, RFC 6455: no close frame was seen. */
export const ABNORMAL = 1006

const SOON_MS = 50
/** How long after a cut an end may still think that it is connected. */
const LATE_MS = 30_000

/** Who listens, if anybody does. */
export type Listener = {
  readonly process: Process
  readonly accept: (socket: ServerSocket) => void
}

/** One connection of a page with the relay, from its opening to the last that either end hears of it. */
export class VirtualConnection implements Link {
  readonly #page: Process
  readonly #relay: Process
  readonly #events: LinkEvents
  readonly #draws: Draws
  readonly #up: Pipe
  readonly #down: Pipe
  readonly server: ServerSocket
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  /** Hears what the page sends: for a trace. */
  sends: ((bytes: Uint8Array) => void) | undefined
  #isCut = false

  constructor(page: Process, listener: Listener, route: Route, draws: Draws, events: LinkEvents) {
    this.#page = page
    this.#relay = listener.process
    this.#events = events
    this.#draws = draws
    this.#up = new Pipe(route, draws, 'up', {
      process: listener.process,
      message: (bytes) => this.server.received(bytes),
    })
    this.#down = new Pipe(route, draws, 'down', {
      process: page,
      message: (bytes) => {
        if (this.#state === 'open') this.#events.message(bytes)
      },
    })
    this.server = new ServerSocket(this.#down, {
      close: (code, reason) => this.#serverCloses(code, reason),
      cut: () => this.#serverCuts(),
    })
    const { scheduler } = page
    const arriveAt = route.arrivalOf('up', scheduler.now, draws)
    // A handshake that is swallowed ends in the patience of the page.
    if (route.eats('up') || route.eats('down')) return
    this.#relay.at(arriveAt, () => {
      if (this.#isCut || this.#state !== 'connecting') return
      const openAt = route.arrivalOf('down', scheduler.now, draws)
      page.at(Math.max(openAt, scheduler.now), () => this.#opened())
      listener.accept(this.server)
    })
  }

  /** Whether what either end says reaches the other, whatever they think. */
  get isSound(): boolean {
    const isWhole = !this.#isCut && !this.#up.isEaten && !this.#down.isEaten
    return this.#state === 'open' && isWhole && this.#relay.isAlive
  }

  send(bytes: Uint8Array): boolean {
    if (this.#state !== 'open') return false
    this.sends?.(bytes)
    this.#up.send(bytes, undefined)
    return true
  }

  close(code: number, reason: string): void {
    if (this.#state === 'closed' || this.#state === 'closing') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closing'
    // `closed` comes soon whatever the other end does.
    this.#page.after(0, () => this.#closed(code, reason))
    if (!wasOpen || this.#isCut) return this.cut()
    if (this.#up.isEaten) return
    const at = Math.max(this.#up.emptyAt, this.#page.scheduler.now)
    this.#relay.at(at, () => this.server.ended(code))
  }

  /** The connection breaks: what is under way is lost, and each end hears of it soon, or late. */
  cut(): void {
    if (this.#isCut) return
    this.#isCut = true
    this.#up.cut()
    this.#down.cut()
    this.#page.after(this.#noticeMs(), () => this.#closed(ABNORMAL, ''))
    this.#relay.after(this.#noticeMs(), () => this.server.ended(ABNORMAL))
  }

  /** The relay gives the connection up. Where it is half open the page has to find that out by itself. */
  #serverCuts(): void {
    if (!this.#down.isEaten) return this.cut()
    this.#up.cut()
    this.#relay.after(this.#noticeMs(), () => this.server.ended(ABNORMAL))
  }

  /** The relay's process is gone: the system resets its connections. */
  relayDied(): void {
    this.#isCut = true
    this.#up.cut()
    this.#down.cut()
    if (this.#down.isEaten) return
    this.#page.after(this.#draws.between(0, SOON_MS), () => this.#closed(ABNORMAL, ''))
  }

  /** The page's browser waits no longer for an answer. */
  giveUp(): void {
    if (this.#state === 'connecting') this.cut()
  }

  eat(direction: 'up' | 'down'): void {
    ;(direction === 'up' ? this.#up : this.#down).eat()
  }

  #noticeMs(): number {
    return this.#draws.chance(0.5)
      ? this.#draws.between(0, SOON_MS)
      : this.#draws.between(0, LATE_MS)
  }

  #opened(): void {
    if (this.#state !== 'connecting' || this.#isCut) return
    this.#state = 'open'
    this.#events.opened()
  }

  #closed(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#events.closed(code, reason)
  }

  /** The close frame comes behind what was sent; the page's answer to it ends the server's socket. */
  #serverCloses(code: number, reason: string): void {
    if (this.#down.isEaten) return
    const { now } = this.#page.scheduler
    this.#page.at(Math.max(this.#down.emptyAt, now), () => {
      if (this.#isCut) return
      const answerAt = Math.max(this.#up.emptyAt, this.#page.scheduler.now)
      this.#relay.at(answerAt, () => this.server.ended(code))
      this.#closed(code, reason)
    })
  }
}
