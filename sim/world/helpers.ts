import type { Ports } from '../../kit/ports.ts'
import { decodePeerFrame, hashEntry } from '../../protocol/index.ts'
import type { PeerScope } from '../../protocol/index.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import type { Process } from '../kernel/process.ts'
import { DirectNet, VirtualPeers } from '../net/direct-net.ts'
import { VirtualTabTable, VirtualTabs } from '../net/tab-table.ts'
import type { Profile } from './profile.ts'
import type { Tab } from './tab.ts'

export const peerScopeOf = (room: string): PeerScope =>
  hashEntry(new TextEncoder().encode(`holdfast/peers/${room}`))

/** One page's ways to other pages. */
export type Ways = Required<Pick<Ports, 'tabs' | 'peers'>> & {
  readonly tabs: VirtualTabs
  readonly peers: VirtualPeers
}

/** P, R: what there is between pages beside the relay, in worlds whose pages help each other. */
export class Helpers {
  readonly net: DirectNet
  /** What those draw who mean harm. */
  readonly draws: Draws
  readonly #seed: number
  readonly #tables = new Map<Profile, VirtualTabTable>()

  constructor(seed: number) {
    this.#seed = seed
    this.net = new DirectNet(drawsOf(seed, 'direct links'))
    this.draws = drawsOf(seed, 'hostile pages')
  }

  tableOf(profile: Profile): VirtualTabTable {
    let table = this.#tables.get(profile)
    if (table === undefined) {
      table = new VirtualTabTable(drawsOf(this.#seed, `tabs of profile ${profile.number}`))
      this.#tables.set(profile, table)
    }
    return table
  }

  waysOf(profile: Profile, process: Process): Ways {
    return {
      tabs: new VirtualTabs(this.tableOf(profile), process),
      peers: new VirtualPeers(this.net, process),
    }
  }

  /** Whether what one page says of this room arrives at the other directly, and the other way round. */
  areLinked(one: Tab, other: Tab, room: string): boolean {
    return this.net.open.some((end) => {
      const frame = end.first === undefined ? '' : decodePeerFrame(end.first)
      const isBetween = end.peers === one.ways?.peers && end.other?.peers === other.ways?.peers
      const isHere = typeof frame !== 'string' && frame.scope === peerScopeOf(room)
      return isBetween && isHere && end.isSound && end.other?.isSound === true
    })
  }

  /** Channels carry well again, and links that only seem to be there end. */
  heal(): void {
    for (const table of this.#tables.values()) table.carryWell()
    for (const end of this.net.open) if (!end.isSound) end.cut()
  }
}
