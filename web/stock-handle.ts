import type { Doc } from 'yjs'
import type { Network } from './network.ts'
import type { StockRoom } from './stock-room.ts'

/** What the stock page offers to whoever drives it from outside; see demo-handle.ts for the other page's. */
export type StockHandle = {
  readonly provider: StockRoom['provider']
  readonly doc: Doc
  readonly faults: Network['faults']
}

declare global {
  interface Window {
    stockDemo?: StockHandle
  }
}
