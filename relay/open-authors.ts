import type { Author, Offerer } from '../protocol/index.ts'

type Open = { count: number; readonly user: string; isWaiting: boolean }

/** The authors whose producers are open in one room, for its gate: who may still write what it has not written yet (G13). */
export class OpenAuthors {
  readonly #open = new Map<Author, Open>()

  opened(author: Author, user: string): void {
    const open = this.#open.get(author)
    if (open === undefined) this.#open.set(author, { count: 1, user, isWaiting: false })
    else open.count++
  }

  closed(author: Author): void {
    const open = this.#open.get(author)
    if (open !== undefined && --open.count === 0) this.#open.delete(author)
  }

  /** An update of this author was answered with `notYet`, or one was taken. */
  waits(author: Author, isWaiting: boolean): void {
    const open = this.#open.get(author)
    if (open !== undefined) open.isWaiting = isWaiting
  }

  /** G13: nobody waits for a holder of the same user, which may have gone on under a new author, nor for one that waits itself. */
  readonly isLive = (holder: Author, offerer: Offerer): boolean => {
    const open = this.#open.get(holder)
    return open !== undefined && open.user !== offerer.user && !open.isWaiting
  }
}
