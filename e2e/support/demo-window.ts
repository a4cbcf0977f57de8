import type { Doc } from 'yjs'
import type { FaultController, PeerFaults } from '../../kit/testing/index.ts'

/** What of a client's page the tests use beside its text field and buttons, in the words of the kit's public interface. */
export type DemoRoom = {
  push(name: string, payload: unknown): unknown
  on(name: string, handler: () => void): () => void
  readonly doc: Doc | undefined
  quarantined(): readonly { readonly offset: number; readonly reason: string }[]
  fold<State>(
    empty: State,
    reduce: (state: State, event: { readonly name: string; readonly payload: unknown }) => State,
  ): { readonly current: { readonly confirmed: State; readonly current: State } }
  readonly awareness?: {
    setLocalState(state: Record<string, unknown> | null): void
    getStates(): Map<number, Record<string, unknown>>
  }
  pending(): readonly {
    readonly author: string
    readonly kind: 'update' | 'event'
    readonly isOnDisk: boolean
  }[]
  helpTabs(isOn: boolean): void
  helpPeers(isOn: boolean): void
  figures(): {
    readonly tabs: { readonly others: number }
    readonly peers: {
      readonly isAvailable: boolean
      readonly links: number
      readonly failed: number
      readonly carried: number
      readonly receiptsBrought: number
      readonly logBytes: { readonly fetched: number; readonly given: number }
      readonly refused: number
      readonly dropped: Readonly<Record<string, number>>
    }
  }
  readonly status: {
    readonly current: {
      readonly connection: string
      readonly save: string
      readonly pendingCount: number
      readonly lastOffset: number
      readonly directPeers: number
      readonly heldByPeers: number
      readonly restored: { readonly records: number; readonly sessions: number } | undefined
      readonly counters: {
        readonly sent: number
        readonly adopted: number
        readonly rehomed: number
      }
    }
  }
}

declare global {
  interface Window {
    holdfastDemo?: {
      readonly room: DemoRoom
      readonly faults: FaultController
      readonly peerFaults: PeerFaults
    }
  }
}
