import { isAckFrame } from '../kit/index.ts'
import type { PeerConnectionLike, WebSocketLike } from '../kit/index.ts'
import {
  FaultController,
  PeerFaults,
  faultyPeerConnection,
  faultyWebSocket,
  parseFaultPlan,
} from '../kit/testing/index.ts'

/** This page's ways to the relay and to other pages, which can be broken, each by itself. */
export type Network = {
  readonly WebSocket: WebSocketLike
  readonly faults: FaultController
  /** Undefined where this browser has no direct links. */
  readonly RTCPeerConnection: PeerConnectionLike | undefined
  readonly peerFaults: PeerFaults
  readonly isCut: boolean
  cut(): void
  comeBack(): void
  onChange(listener: () => void): void
}

/**
 * A network with the faults that stand in the page's address (`fault.latencyMs=200`), or what is wrong with them. `isStock`: for
 * the stock provider, which gets no acks.
 */
export const openNetwork = (
  search: string,
  { isStock = false }: { readonly isStock?: boolean } = {},
): Network | { readonly problem: string } => {
  const read = parseFaultPlan(search)
  if (!read.ok) return { problem: read.error.sentence }
  const faults = new FaultController(read.plan)
  const peerFaults = new PeerFaults()
  const platform = globalThis.RTCPeerConnection as PeerConnectionLike | undefined
  return {
    WebSocket: faultyWebSocket(WebSocket, faults, isStock ? {} : { isAck: isAckFrame }),
    faults,
    RTCPeerConnection: faultyPeerConnection(platform, peerFaults),
    peerFaults,
    get isCut() {
      return faults.plan.refuse
    },
    cut: () => faults.goOffline(),
    comeBack: () => {
      faults.comeBack()
      // As a browser tells its pages when a network is there again: nobody waits for the next attempt.
      window.dispatchEvent(new Event('online'))
    },
    onChange: (listener) => void faults.subscribe(listener),
  }
}
