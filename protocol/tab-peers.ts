import type { Author, Millis } from './ids.ts'
import { earlier } from './room-step.ts'
import type { TabBody, TabId } from './tab-frame.ts'

/** A tab says that it is here so often, as long as it knows of another or has no link. */
export const BEAT_MS = 3000
/** Who was not heard for so long is asked, and is gone where it does not answer: a browser lets hidden pages wake seldom, but answer at once. */
const ASK_AFTER_MS = 4500
const ANSWER_MS = 3500
/** Who minted an entry and has a link sends it; the others step in one after the other, should it not come through. */
const MINTER_MS = 8000
const NEXT_CARRIER_MS = 1500
const MOST_TOMBSTONES = 256

export type TabState = Extract<TabBody, { type: 'state' }>

export type Tab = {
  readonly id: TabId
  /** Stands for the tab where there is no number of the relay's: below 0. */
  readonly number: number
  state: TabState
  heardAt: Millis
  askedAt: Millis | undefined
  /** The newest frame that was heard of it. */
  n: number
}

/** The other tabs that are here. */
export class TabPeers {
  readonly #tabs = new Map<TabId, Tab>()
  /** Who said goodbye does not come back: what is heard of it later was overtaken. */
  readonly #goneAt = new Set<TabId>()
  #nextNumber = -1
  /** By what name the others know this tab. */
  self: TabId = ''

  get size(): number {
    return this.#tabs.size
  }

  all(): Iterable<Tab> {
    return this.#tabs.values()
  }

  get(id: TabId): Tab | undefined {
    return this.#tabs.get(id)
  }

  isGone(id: TabId): boolean {
    return this.#goneAt.has(id)
  }

  /** What a tab says of itself; true where it was not known before. */
  heard(id: TabId, n: number, state: TabState, now: Millis): boolean {
    const known = this.#tabs.get(id)
    if (known === undefined) {
      const number = this.#nextNumber--
      this.#tabs.set(id, { id, number, state, heardAt: now, askedAt: undefined, n })
      return true
    }
    Object.assign(known, { state, n, heardAt: now, askedAt: undefined })
    return false
  }

  bye(id: TabId): Tab | undefined {
    this.#goneAt.add(id)
    for (const oldest of this.#goneAt) {
      if (this.#goneAt.size <= MOST_TOMBSTONES) break
      this.#goneAt.delete(oldest)
    }
    return this.#remove(id)
  }

  /** Those that were asked and do not answer: a page that was frozen or killed. */
  takeSilent(now: Millis): readonly Tab[] {
    const silent = [...this.#tabs.values()].filter(
      ({ askedAt }) => askedAt !== undefined && now >= askedAt + ANSWER_MS,
    )
    for (const { id } of silent) this.#remove(id)
    return silent
  }

  /** We have just said that we are here, which everybody answers. */
  asked(now: Millis): void {
    for (const tab of this.#tabs.values()) {
      if (now - tab.heardAt >= ASK_AFTER_MS) tab.askedAt ??= now
    }
  }

  clear(): readonly Tab[] {
    const all = [...this.#tabs.values()]
    this.#tabs.clear()
    this.#goneAt.clear()
    return all
  }

  deadline(): Millis | undefined {
    let at: Millis | undefined
    for (const { askedAt } of this.#tabs.values()) {
      if (askedAt !== undefined) at = earlier(at, askedAt + ANSWER_MS)
    }
    return at
  }

  get isAnyApart(): boolean {
    for (const { state } of this.#tabs.values()) if (!state.isLive) return true
    return false
  }

  /** Whether no other tab with a link has a lower id. */
  get isFirstLive(): boolean {
    for (const { id, state } of this.#tabs.values())
      if (state.isLive && id < this.self) return false
    return true
  }

  /** Who minted under this author, if it is here. */
  minterOf(author: Author, told: TabId | undefined): Tab | undefined {
    const minter = told === undefined ? undefined : this.#tabs.get(told)
    if (minter !== undefined) return minter
    for (const tab of this.#tabs.values()) {
      if (tab.state.holds.some((run) => run.isOurs && run.author === author)) return tab
    }
    return undefined
  }

  /** How long this tab leaves rows of an author to the others: first to who minted them, then to those with lower ids. */
  waitMs(minter: Tab | undefined): number {
    let before = 0
    for (const { id, state } of this.#tabs.values()) {
      if (state.isLive && id < this.self && id !== minter?.id) before++
    }
    return (minter?.state.isLive === true ? MINTER_MS : 0) + before * NEXT_CARRIER_MS
  }

  #remove(id: TabId): Tab | undefined {
    const tab = this.#tabs.get(id)
    this.#tabs.delete(id)
    return tab
  }
}
