import type { PeerCall, PeerCallEvents, PeerServers, Peers } from '../../kit/ports.ts'
import type { Draws } from '../kernel/random.ts'
import type { Process } from '../kernel/process.ts'

/** A link is slower than a browser's own channels, and each has a pace of its own: so what goes over two overtakes itself. */
const PACE_MS = [1, 60] as const
const SOON_MS = 50
/** How long after a cut, or a crash, an end may still think that it is linked. */
const LATE_MS = 30_000
const RECENT = 12

/** All pages that may reach each other directly. */
export class DirectNet {
  readonly draws: Draws
  readonly #calls = new Map<string, DirectEnd>()
  readonly #ends = new Set<DirectEnd>()
  #count = 0
  /** Heard lately on any link, with the page that said it: for those who say it again. */
  readonly recent: Uint8Array[] = []

  constructor(draws: Draws) {
    this.draws = draws
  }

  /** The ends of links that are open. */
  get open(): readonly DirectEnd[] {
    return [...this.#ends].filter(({ isOpen }) => isOpen)
  }

  begun(end: DirectEnd): void {
    this.#ends.add(end)
  }

  over(end: DirectEnd): void {
    this.#ends.delete(end)
  }

  offer(end: DirectEnd): string {
    const name = `call ${++this.#count}`
    this.#calls.set(name, end)
    return name
  }

  /** Who offered that; each offer is good for one answer. */
  take(name: string): DirectEnd | undefined {
    const end = this.#calls.get(name)
    this.#calls.delete(name)
    return end
  }

  remember(bytes: Uint8Array): void {
    this.recent.push(bytes)
    if (this.recent.length > RECENT) this.recent.shift()
  }
}

/** One page's way to the others. */
export class VirtualPeers implements Peers {
  /** Fault: no new link of this page comes about. */
  isWalled = false
  /** Hears what it hears: for a trace. */
  hears: ((bytes: Uint8Array) => void) | undefined
  readonly net: DirectNet
  readonly process: Process

  constructor(net: DirectNet, process: Process) {
    this.net = net
    this.process = process
  }

  call(_servers: PeerServers, events: PeerCallEvents): PeerCall {
    const end = new DirectEnd(this, events)
    end.later(() => events.described(this.net.offer(end)))
    return end
  }

  answer(_servers: PeerServers, text: string, events: PeerCallEvents): PeerCall {
    const end = new DirectEnd(this, events)
    const other = this.net.take(text)
    if (other === undefined || other.isOver) end.later(() => end.ended())
    else {
      end.pair(other)
      end.later(() => events.described(`answer to ${text}`))
    }
    return end
  }
}

/** One end of a link, or of the attempt at one: in order, whole and once, until it is cut. */
export class DirectEnd implements PeerCall {
  readonly peers: VirtualPeers
  readonly #events: PeerCallEvents
  #state: 'begun' | 'open' | 'over' = 'begun'
  #other: DirectEnd | undefined
  #paceMs = 0
  #lastAt = 0
  /** The first thing that was sent here: it tells whose room the link is. */
  first: Uint8Array | undefined
  /** What is sent vanishes, and neither end is told. */
  #isEaten = false
  #losesNext = false

  constructor(peers: VirtualPeers, events: PeerCallEvents) {
    this.peers = peers
    this.#events = events
    peers.net.begun(this)
    peers.process.onEnd(() => this.#crashed())
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Whether what is sent here arrives. */
  get isSound(): boolean {
    return this.isOpen && !this.#isEaten
  }

  get other(): DirectEnd | undefined {
    return this.#other
  }

  pair(other: DirectEnd): void {
    this.#other = other
    other.#other = this
  }

  /** In this page's process, as long as this end is not over. */
  later(run: () => void): void {
    const { process, net } = this.peers
    process.after(net.draws.between(...PACE_MS), () => {
      if (!this.isOver) run()
    })
  }

  answered(_text: string): void {
    const other = this.#other
    if (other === undefined || this.peers.isWalled || other.peers.isWalled) return
    for (const end of [this, other]) {
      end.later(() => {
        if (end.#state !== 'begun') return
        end.#state = 'open'
        end.#paceMs = this.peers.net.draws.between(...PACE_MS)
        end.#events.opened()
      })
    }
  }

  send(bytes: Uint8Array): boolean {
    const other = this.#other
    if (!this.isOpen || other === undefined) return false
    const { net, process } = this.peers
    net.remember(bytes)
    this.first ??= bytes
    process.scheduler.count++
    if (this.#isEaten || this.#losesNext) {
      this.#losesNext = false
      return true
    }
    const at = process.scheduler.now + this.#paceMs * net.draws.between(0.5, 1.5)
    this.#lastAt = Math.max(this.#lastAt, at)
    process.scheduler.at(this.#lastAt, () => {
      if (!this.#isEaten) other.arrive(bytes)
    })
    return true
  }

  /** As if the other page had said it. */
  arrive(bytes: Uint8Array): void {
    this.peers.process.after(0, () => {
      if (!this.isOpen) return
      this.peers.hears?.(bytes)
      this.#events.message(bytes.slice())
    })
  }

  close(): void {
    this.peers.process.after(0, () => this.ended())
    const other = this.#other
    if (other === undefined || this.#isEaten) return
    const { scheduler } = this.peers.process
    scheduler.at(Math.max(this.#lastAt, scheduler.now + this.#paceMs), () => other.hears(0))
  }

  /** What is under way either way is lost, and each end hears of it soon, or late. */
  cut(): void {
    for (const end of [this, this.#other]) {
      end?.eat()
      end?.hears(this.#noticeMs())
    }
  }

  /** The next thing that is said here does not arrive, and what comes behind it does. */
  loseNext(): void {
    this.#losesNext = true
  }

  /** Nothing comes through in this direction any more, and nobody is told. */
  eat(): void {
    this.#isEaten = true
  }

  /** Exactly once. */
  ended(): void {
    if (this.isOver) return
    this.#state = 'over'
    this.peers.net.over(this)
    this.#events.closed(false)
  }

  /** As long as this end does not know yet that it is over. */
  hears(ms: number): void {
    this.peers.process.after(ms, () => this.ended())
  }

  #crashed(): void {
    this.#state = 'over'
    this.#isEaten = true
    this.peers.net.over(this)
    this.#other?.eat()
    this.#other?.hears(this.#noticeMs())
  }

  #noticeMs(): number {
    const { draws } = this.peers.net
    return draws.chance(0.5) ? draws.between(0, SOON_MS) : draws.between(0, LATE_MS)
  }
}
