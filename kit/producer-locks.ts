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

  /** A producer that is closed and has no rows is of no use to anybody: whoever waits for its lock may have it. */
  releaseUnused(isUsed: (author: Author) => boolean): void {
    for (const author of this.#own) {
      if (isUsed(author)) continue
      this.#held.get(author)?.()
      this.#held.delete(author)
      this.#own.delete(author)
    }
  }

  /** Its entries have new keys. A page that holds one of them under its old key may have waited for that. */
  release(author: Author): void {
    this.releaseUnused((each) => each !== author)
  }

  /** Hands on what was granted for rows that are gone by now: another page may hold older ones of that producer. */
  handOn(isUsed: (author: Author) => boolean): void {
    for (const author of this.#granted) {
      if (isUsed(author)) continue
      this.#held.get(author)?.()
      this.#held.delete(author)
      this.#granted.delete(author)
    }
  }

  releaseAll(): void {
    for (const release of this.#held.values()) release()
    this.#held.clear()
    this.#granted.clear()
    this.#own.clear()
  }
}
