import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { MAX_MESSAGE_BYTES } from '../protocol/index.ts'
import type { Limits } from '../protocol/index.ts'
import type { RelayCore } from './core.ts'
import { isStockPath, visitOf } from './endpoints/y-websocket/visit.ts'
import { answerUpgrade } from './http-answer.ts'
import { parseTarget } from './http-target.ts'
import type { Log } from './log.ts'
import { peerOf } from './peer.ts'
import { whyRefused } from './request-guard.ts'
import type { Guard } from './request-guard.ts'

const PATH = '/holdfast'
/**
 * Browsers cut a message of a megabyte into some dozens of fragments, and a network cuts it into chunks of a packet, of which
 * the smallest usual ones have 536 bytes; many more are an attack on our memory.
 */
const MAX_FRAGMENTS = 1024
const MAX_BUFFERED_CHUNKS = 16_384

const BAD_TARGET = { code: 'bad-url', sentence: 'This address is not well-formed.' }
const NO_SOCKET = {
  code: 'not-found',
  sentence: `There is a WebSocket at ${PATH}, one for y-websocket's clients at /y/ROOM, and nowhere else.`,
}

export type Upgrades = {
  /** `isOnlyOurs`: nobody else listens for upgrades, so that those for other paths are ours to refuse. */
  readonly handle: (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    isOnlyOurs: boolean,
  ) => void
}

export type UpgradeParts = {
  readonly guard: Guard
  readonly core: RelayCore
  readonly limits: Limits
  readonly log: Log
}

/** W6: refuses on the bare socket what is foreign; hands the rest to the core, as WebSockets. */
export const createUpgrades = ({ guard, core, limits, log }: UpgradeParts): Upgrades => {
  const ours = createSockets(Math.min(limits.maxFrameBytes, MAX_MESSAGE_BYTES), log)
  // Stock clients know no pieces: what they send comes in one message.
  const stock = createSockets(limits.maxFrameBytes, log)
  return {
    handle: (request, socket, head, isOnlyOurs) => {
      const target = parseTarget(request.url)
      const isOurs = target?.path === PATH || (target !== undefined && isStockPath(target.path))
      if (!isOurs && !isOnlyOurs) return
      const refusal = whyRefused(guard, request, true)
      if (refusal !== undefined) return answerUpgrade(socket, 403, refusal)
      if (target === undefined) return answerUpgrade(socket, 400, BAD_TARGET)
      if (!isOurs) return answerUpgrade(socket, 404, NO_SOCKET)
      const peer = peerOf(request)
      if (target.path !== PATH) {
        const visit = visitOf(target, peer)
        if ('sentence' in visit) return answerUpgrade(socket, 400, visit)
        const accept = (webSocket: WebSocket): void => core.acceptStock(webSocket, visit, socket)
        return stock.handleUpgrade(request, socket, head, accept)
      }
      ours.handleUpgrade(request, socket, head, (webSocket) => core.accept(webSocket, peer, socket))
    },
  }
}

const createSockets = (maxPayload: number, log: Log): WebSocketServer => {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_BUFFERED_CHUNKS,
    // A text frame ends the connection whatever is in it.
    skipUTF8Validation: true,
    perMessageDeflate: false,
  })
  sockets.on('wsClientError', (error, socket) => {
    log.debug({ error: error.message }, 'a WebSocket handshake was malformed')
    answerUpgrade(socket, 400, { code: 'bad-handshake', sentence: `${error.message}.` })
  })
  return sockets
}
