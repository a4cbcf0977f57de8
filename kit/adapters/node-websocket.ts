import { WebSocket } from 'ws'
import type { WebSocketLike } from '../api.ts'

/**
 * The `ws` package's WebSocket as the kit takes it. A relay refuses upgrades without an `Origin` it knows, and Node sends
 * none: so this one names `origin`, by default the relay's own address (`ws://host:1` → `http://host:1`).
 */
export const nodeWebSocket = (origin?: string): WebSocketLike => {
  class NodeWebSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols ?? [], {
        origin: origin ?? new URL(url.replace(/^ws/, 'http')).origin,
        perMessageDeflate: false,
      })
    }
  }
  // The same in all that the kit uses; the two classes only differ in the types of their events.
  return NodeWebSocket as unknown as WebSocketLike
}
