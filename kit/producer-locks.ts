import type { Author } from '../protocol/index.ts'
import type { Locks } from './ports.ts'

const lockName = (author: Author): string => `holdfast/producer/${author}`

/**
 * The Web Locks of one room of one page: held for each producer that it minted while the page lives, asked for where
 * another page's rows may turn out to be nobody's.
 */
export class ProducerLocks {
  readonly #locks: Locks
  readonly #tellGranted: (author: Author) => void
  readonly #held = new Map<Author, () => void>()
  readonly #granted = new Set<Author>()
  /** Those that this page minted. */
  readonly #own = new Set<Author>()

  /** `granted` hears of every lock that is granted, whoever of this page asked for it. */
  constructor(locks: Locks, granted: (author: Author) => void) {
    this.#locks = locks
    this.#tellGranted = granted
  }

  /** Where there are no locks, rows of other pages are taken for orphans: that they are sent twice harms nobody. */
  get exist(): boolean {
    return this.#locks.exist
  }

  /** Whether another page's producer turned out to be nobody's, and is ours to look after. */
  isGranted(author: Author): boolean {
    return this.#granted.has(author)
  }

  hold(author: Author): void {
    this.#own.add(author)
    this.#held.set(author, this.#locks.hold(lockName(author)))
  }

  /** O7: where there are no locks nobody can be asked, and rows that only a new key helps would wait for ever. */
  request(author: Author): void {
    if (!this.#locks.exist) return this.#tellGranted(author)
    if (this.#held.has(author)) return
    const isGranted = (): void => {
      this.#granted.add(author)
      this.#tellGranted(author)
    }
    this.#held.set(author, this.#locks.request(lockName(author), isGranted))
  }

  /**
   * Hands on what this page minted or was granted and has no use for: a producer that is closed and whose rows are gone.
   * Another page may hold one of its rows under the old key, and wait for its lock.
   */
  releaseUnused(isUsed: (author: Author) => boolean): void {
    for (const author of [...this.#own, ...this.#granted]) if (!isUsed(author)) this.release(author)
  }

  /** Its entries have new keys. A page that holds one of them under its old key may have waited for that. */
  release(author: Author): void {
    this.#held.get(author)?.()
    this.#held.delete(author)
    this.#own.delete(author)
    this.#granted.delete(author)
  }

  releaseAll(): void {
    for (const release of this.#held.values()) release()
    this.#held.clear()
    this.#granted.clear()
    this.#own.clear()
  }
}
