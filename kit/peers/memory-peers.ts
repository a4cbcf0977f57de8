import type { PeerCall, PeerCallEvents, PeerServers, Peers } from '../ports.ts'

type End = {
  readonly events: PeerCallEvents
  isOver: boolean
  isOpen: boolean
  other: End | undefined
}

/** All pages that can reach each other directly, in memory. */
export class MemoryPeerNet {
  readonly calls: Map<string, End> = new Map()
  static #next = 0

  static name(): string {
    return `call ${++MemoryPeerNet.#next}`
  }
}

/** One page's way to the others: everything takes a turn of the loop. */
export class MemoryPeers implements Peers {
  readonly #nets: MemoryPeerNet[]
  readonly #ends = new Set<End>()
  /** Whether no direct way is found, as behind a firewall. */
  isWalled = false
  /** Nothing comes through, and nobody is told: as when a page is frozen. */
  isFrozen = false
  /** What this page sent, for tests that play it again. */
  readonly sent: Uint8Array[] = []
  #servers: PeerServers | undefined

  constructor(net: MemoryPeerNet = new MemoryPeerNet()) {
    this.#nets = [net]
  }

  /** From now on it reaches the pages of this one too. */
  join(net: MemoryPeerNet): void {
    this.#nets.push(net)
  }

  /** What the last attempt was given. */
  get servers(): PeerServers | undefined {
    return this.#servers
  }

  call(servers: PeerServers, events: PeerCallEvents): PeerCall {
    this.#servers = servers
    const end = this.#end(events)
    const name = MemoryPeerNet.name()
    for (const net of this.#nets) net.calls.set(name, end)
    later(() => end.isOver || events.described(name))
    return this.#callOf(end)
  }

  answer(servers: PeerServers, text: string, events: PeerCallEvents): PeerCall {
    this.#servers = servers
    const end = this.#end(events)
    const other = this.#nets.map((net) => net.calls.get(text)).find((each) => each !== undefined)
    if (other === undefined || other.isOver || other.other !== undefined) {
      later(() => this.#over(end, false))
      return this.#callOf(end)
    }
    end.other = other
    other.other = end
    later(() => end.isOver || events.described(`answer to ${text}`))
    return this.#callOf(end)
  }

  /** As when the page crashes: its links end for the others. */
  crash(): void {
    this.isFrozen = true
    for (const end of this.#ends) {
      end.isOver = true
      const { other } = end
      if (other !== undefined) later(() => this.#over(other, false))
    }
  }

  /** Bytes as this page would send them on all its links. */
  say(bytes: Uint8Array): void {
    for (const end of this.#ends) if (end.isOpen && !end.isOver) this.#pass(end, bytes)
  }

  #end(events: PeerCallEvents): End {
    const end: End = { events, isOver: false, isOpen: false, other: undefined }
    this.#ends.add(end)
    return end
  }

  #callOf(end: End): PeerCall {
    return {
      answered: () => {
        const { other } = end
        if (this.isWalled || other === undefined) return
        for (const each of [end, other]) {
          later(() => {
            if (each.isOver || each.isOpen) return
            each.isOpen = true
            each.events.opened()
          })
        }
      },
      send: (bytes) => {
        if (!end.isOpen || end.isOver) return false
        this.sent.push(bytes)
        this.#pass(end, bytes)
        return true
      },
      close: () => later(() => this.#close(end)),
    }
  }

  #pass({ other }: End, bytes: Uint8Array): void {
    if (this.isFrozen || other === undefined) return
    const copy = bytes.slice()
    later(() => other.isOver || other.events.message(copy))
  }

  #close(end: End): void {
    const { other } = end
    this.#over(end, false)
    if (other !== undefined) later(() => this.#over(other, false))
  }

  #over(end: End, isOffence: boolean): void {
    if (end.isOver) return
    end.isOver = true
    this.#ends.delete(end)
    end.events.closed(isOffence)
  }
}

const later = (work: () => unknown): void => void setTimeout(work, 0)
