import type { Locks } from '../../kit/ports.ts'
import type { Process } from '../kernel/process.ts'

type Claim = { readonly process: Process; readonly granted: () => void }

/** From when a lock is free until the page that waited for it is told, ms. */
const GRANT_MS = 0.3

/** The locks of one profile: the queue of claims on each name; the first one holds it, whether or not it runs just now. */
export class VirtualLockTable {
  readonly #queues = new Map<string, Claim[]>()

  claim(name: string, claim: Claim): () => void {
    claim.process.scheduler.count++
    const queue = this.#queues.get(name)
    if (queue === undefined) {
      this.#queues.set(name, [claim])
      this.#grant(name, claim)
    } else queue.push(claim)
    return () => this.#giveUp(name, claim)
  }

  /** For those who look on from outside. */
  holder(name: string): Process | undefined {
    return this.#queues.get(name)?.[0]?.process
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
    claim.process.after(GRANT_MS, () => {
      // It may have been given up since.
      if (this.#queues.get(name)?.[0] === claim) claim.granted()
    })
  }
}

/** The locks of one tab: free again when its process ends. Where they do not exist nothing is ever granted. */
export class VirtualLocks implements Locks {
  readonly exist: boolean
  readonly #table: VirtualLockTable
  readonly #process: Process
  readonly #releases = new Set<() => void>()

  constructor(table: VirtualLockTable, process: Process, exist: boolean = true) {
    this.#table = table
    this.#process = process
    this.exist = exist
    if (!exist) return
    process.onEnd(() => {
      for (const release of this.#releases) release()
    })
  }

  hold(name: string): () => void {
    return this.request(name, () => {
      // To hold it is all.
    })
  }

  request(name: string, granted: () => void): () => void {
    if (!this.exist || !this.#process.isAlive) return () => {}
    const giveUp = this.#table.claim(name, { process: this.#process, granted })
    const release = (): void => {
      this.#releases.delete(release)
      giveUp()
    }
    this.#releases.add(release)
    return release
  }
}
