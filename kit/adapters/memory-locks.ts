import type { Locks } from '../ports.ts'

type Claim = { readonly granted: () => void }

/** The locks of one origin, in memory: the queue of claims on each name; the first one holds it. */
export class MemoryLockTable {
  readonly #queues = new Map<string, Claim[]>()

  claim(name: string, granted: () => void): () => void {
    const claim: Claim = { granted }
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    queue.push(claim)
    if (queue[0] === claim) this.#grant(name, claim)
    return () => this.#giveUp(name, claim)
  }

  #giveUp(name: string, claim: Claim): void {
    const queue = this.#queues.get(name)
    const place = queue?.indexOf(claim) ?? -1
    if (queue === undefined || place === -1) return
    queue.splice(place, 1)
    const next = queue[0]
    if (next === undefined) this.#queues.delete(name)
    else if (place === 0) this.#grant(name, next)
  }

  #grant(name: string, claim: Claim): void {
    queueMicrotask(() => {
      // It may have been given up since.
      if (this.#queues.get(name)?.[0] === claim) claim.granted()
    })
  }
}

/** The locks of one page; pages of one origin share a table. */
export class MemoryLocks implements Locks {
  readonly exist = true
  readonly #table: MemoryLockTable
  readonly #releases = new Set<() => void>()

  constructor(table: MemoryLockTable = new MemoryLockTable()) {
    this.#table = table
  }

  hold(name: string): () => void {
    return this.request(name, () => {
      // To hold it is all.
    })
  }

  request(name: string, granted: () => void): () => void {
    const giveUp = this.#table.claim(name, granted)
    const release = (): void => {
      this.#releases.delete(release)
      giveUp()
    }
    this.#releases.add(release)
    return release
  }

  /** As when the page crashes: everything is free again. */
  crash(): void {
    for (const release of this.#releases) release()
  }
}
