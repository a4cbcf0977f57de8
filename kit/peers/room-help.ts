import type { AppliedBatch, RoomEffect } from '../../protocol/index.ts'
import type { Figures, OpenRoomOptions } from '../api.ts'
import type { LoadedRoom } from '../loaded-room.ts'
import type { RoomStorage } from '../room-storage.ts'
import type { RoomTrace } from '../room-trace.ts'
import { PeerHelp } from './peer-help.ts'
import { TabHelp } from './tab-help.ts'
import type { TabHelpParts } from './tab-help.ts'

/** Everybody beside the relay who helps a page: the other tabs of its browser, and other browsers. */
export class RoomHelp {
  readonly tabs: TabHelp
  readonly peers: PeerHelp
  readonly #trace: RoomTrace
  readonly #events: TabHelpParts['events']

  constructor(
    parts: Omit<TabHelpParts, 'trace'>,
    { tabHelp, peers }: Pick<OpenRoomOptions, 'tabHelp' | 'peers'>,
    isDurable: boolean,
    trace: RoomTrace,
  ) {
    const { events } = parts
    this.#trace = trace
    this.#events = events
    this.tabs = new TabHelp({ ...parts, trace }, tabHelp ?? isDurable)
    this.peers = new PeerHelp({ ...parts, trace }, peers)
  }

  get figures(): Pick<Figures, 'settledBy' | 'tabs' | 'peers'> {
    return {
      settledBy: this.#trace.ways.counts,
      tabs: this.tabs.figures,
      peers: this.peers.figures,
    }
  }

  /** What of `Status` follows from them; nobody holds what has no key yet. */
  facts(hasEarly: boolean): {
    readonly heldByTabs: number
    readonly directPeers: number
    readonly heldByPeers: number
  } {
    return {
      heldByTabs: hasEarly ? 0 : this.tabs.heldBy,
      directPeers: this.peers.links,
      heldByPeers: hasEarly ? 0 : this.peers.heldBy,
    }
  }

  begin(room: LoadedRoom, storage: RoomStorage, batches: readonly AppliedBatch[]): void {
    this.tabs.begin(room, storage, batches)
    this.peers.begin(room, storage, batches)
  }

  effect(effect: RoomEffect): void {
    if (effect.type === 'settled' && this.#events.isOwn(effect.key.author)) {
      this.#trace.ways.settled(effect.ackMs !== undefined)
    }
    this.tabs.effect(effect)
    this.peers.effect(effect)
  }

  look(): void {
    this.tabs.look()
    this.peers.look()
  }

  stop(): void {
    this.tabs.stop()
    this.peers.stop()
  }
}
