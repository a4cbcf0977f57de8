import type { IncomingMessage } from 'node:http'
import { isLoopback } from './request-guard.ts'

/** Where a request comes from. */
export type Peer = {
  /** Of the other end of the socket: of a proxy, where there is one. */
  readonly address: string
  /** It comes from this machine, and no proxy says that it asks for somebody else. */
  readonly isThisMachine: boolean
}

export const peerOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>): Peer => {
  const { forwarded, 'x-forwarded-for': forwardedFor } = request.headers
  const address = request.socket.remoteAddress ?? ''
  const isDirect = forwarded === undefined && forwardedFor === undefined
  return { address, isThisMachine: isDirect && isLoopback(address) }
}
