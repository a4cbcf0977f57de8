import type { TabChannel, TabChannels } from '../../kit/ports.ts'
import type { Draws } from '../kernel/random.ts'
import type { Process } from '../kernel/process.ts'

/** How the channels of a profile carry: shares of messages, and milliseconds at least and at most. */
export type Carrying = {
  readonly loses: number
  readonly doubles: number
  readonly delayMs: readonly [number, number]
}

const WELL: Carrying = { loses: 0, doubles: 0, delayMs: [0.1, 5] }
/** A browser drops what comes for a page that stands still, or keeps it. */
const KEPT_FOR_FROZEN = 0.5
const RECENT = 12

type Member = {
  readonly tabs: VirtualTabs
  readonly process: Process
  readonly message: (bytes: Uint8Array) => void
  /** Until when messages of each other member are under way: none overtakes another while all is well. */
  readonly lastAt: Map<Member, number>
}

/** The channels between the pages of one profile: messages of several pages come in any order, and with faults those of one too. */
export class VirtualTabTable {
  carrying: Carrying = WELL
  readonly #draws: Draws
  readonly #members = new Map<string, Set<Member>>()
  readonly #recent = new Map<string, Uint8Array[]>()

  constructor(draws: Draws) {
    this.#draws = draws
  }

  carryWell(): void {
    this.carrying = WELL
  }

  /** What was lately posted under each name. */
  get recent(): ReadonlyMap<string, readonly Uint8Array[]> {
    return this.#recent
  }

  join(name: string, member: Member): () => void {
    const members = this.#members.get(name) ?? new Set()
    this.#members.set(name, members.add(member))
    return () => members.delete(member)
  }

  /** `from` undefined: somebody else of the same origin. */
  post(name: string, from: Member | undefined, bytes: Uint8Array): void {
    if (from !== undefined) this.#remember(name, bytes)
    if (from?.tabs.isDeaf === true) return
    for (const to of this.#members.get(name) ?? []) {
      if (to !== from && !to.tabs.isDeaf) this.#send(from, to, bytes)
    }
  }

  #send(from: Member | undefined, to: Member, bytes: Uint8Array): void {
    const { process } = to
    const { loses, doubles, delayMs } = this.carrying
    process.scheduler.count++
    if (this.#draws.chance(loses)) return
    const copies = this.#draws.chance(doubles) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const at = this.#arrival(from, to, delayMs)
      process.scheduler.at(at, () => this.#arrive(to, bytes.slice()))
    }
  }

  #arrival(from: Member | undefined, to: Member, [least, most]: Carrying['delayMs']): number {
    const at = to.process.scheduler.now + this.#draws.between(least, most)
    if (from === undefined || this.carrying !== WELL) return at
    const last = Math.max(at, to.lastAt.get(from) ?? 0)
    to.lastAt.set(from, last)
    return last
  }

  #arrive({ tabs, process, message }: Member, bytes: Uint8Array): void {
    if (!process.isAlive || tabs.isDeaf) return
    if (process.isFrozen && !this.#draws.chance(KEPT_FOR_FROZEN)) return
    if (process.isFrozen) process.after(0, () => message(bytes))
    else message(bytes)
  }

  #remember(name: string, bytes: Uint8Array): void {
    const recent = this.#recent.get(name) ?? []
    this.#recent.set(name, recent)
    recent.push(bytes)
    if (recent.length > RECENT) recent.shift()
  }
}

/** The channels as one page has them. */
export class VirtualTabs implements TabChannels {
  /** Fault: it neither hears nor is heard. */
  isDeaf = false
  /** Hears what it hears: for a trace. */
  hears: ((bytes: Uint8Array) => void) | undefined
  readonly #table: VirtualTabTable
  readonly #process: Process

  constructor(table: VirtualTabTable, process: Process) {
    this.#table = table
    this.#process = process
  }

  open(name: string, message: (bytes: Uint8Array) => void): TabChannel {
    let isOpen = true
    const heard = (bytes: Uint8Array): void => {
      if (!isOpen) return
      this.hears?.(bytes)
      message(bytes)
    }
    const process = this.#process
    const member: Member = { tabs: this, process, message: heard, lastAt: new Map() }
    const leave = this.#table.join(name, member)
    process.onEnd(leave)
    return {
      post: (bytes) => {
        if (isOpen) this.#table.post(name, member, bytes)
      },
      close: () => {
        isOpen = false
        leave()
      },
    }
  }
}
