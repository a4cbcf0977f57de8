import type { AppliedBatch, RoomEffect } from '../../protocol/index.ts'
import type { OpenRoomOptions } from '../api.ts'
import type { LoadedRoom } from '../loaded-room.ts'
import type { RoomStorage } from '../room-storage.ts'
import { PeerHelp } from './peer-help.ts'
import { TabHelp } from './tab-help.ts'
import type { TabHelpParts } from './tab-help.ts'

/** Everybody beside the relay who helps a page: the other tabs of its browser, and other browsers. */
export class RoomHelp {
  readonly tabs: TabHelp
  readonly peers: PeerHelp

  constructor(
    parts: TabHelpParts,
    { tabHelp, peers }: Pick<OpenRoomOptions, 'tabHelp' | 'peers'>,
    isDurable: boolean,
  ) {
    this.tabs = new TabHelp(parts, tabHelp ?? isDurable)
    this.peers = new PeerHelp(parts, peers)
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
