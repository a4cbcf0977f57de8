import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { Room } from '../kit/index.ts'
import type { Network } from './network.ts'

/** A room that is open in this page, with all that belongs to it. */
export type OpenedRoom = {
  readonly room: Room
  readonly doc: Doc
  readonly awareness: Awareness
  /** The id of this page's user. */
  readonly user: string
  readonly network: Network
}
