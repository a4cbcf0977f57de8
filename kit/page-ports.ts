import { MAX_USER_BYTES, isRoomName } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import { browserPage } from './adapters/browser-page.ts'
import { headlessPage } from './adapters/headless-page.ts'
import { idbStorage } from './adapters/idb-storage.ts'
import { MemoryLocks } from './adapters/memory-locks.ts'
import { MemoryStorage } from './adapters/memory-storage.ts'
import { systemClock } from './adapters/system-clock.ts'
import { webLocks } from './adapters/web-locks.ts'
import { webSocketTransport } from './adapters/websocket-transport.ts'
import { broadcastTabs } from './peers/broadcast-tabs.ts'
import { lazyPeers } from './peers/lazy-peers.ts'
import type { PeerConnectionLike, WebSocketLike } from './api.ts'
import { HoldfastError } from './holdfast-error.ts'
import type { Peers, Ports } from './ports.ts'

/** What a room of this page runs on. */
export const portsFor = (
  kind: 'indexeddb' | 'memory',
  namespace: string,
  socket: WebSocketLike,
  connection: PeerConnectionLike | undefined,
): Ports => {
  const isPage = globalThis.document !== undefined
  return {
    clock: systemClock(),
    transport: webSocketTransport(socket),
    storage: kind === 'indexeddb' ? idbStorage({ namespace }) : new MemoryStorage(),
    locks: kind === 'indexeddb' ? webLocks() : new MemoryLocks(),
    tabs: broadcastTabs(namespace),
    peers: connection && peersBy(connection),
    page: isPage ? browserPage() : headlessPage(),
    randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    random: Math.random,
  }
}

const peersBy = (connection: PeerConnectionLike): Peers =>
  lazyPeers(async () => (await import('./peers/webrtc.ts')).webRtcPeers(connection))

/** Where a page keeps what it has, unless the app says otherwise. */
export const storageHere = (): 'indexeddb' | 'memory' =>
  globalThis.indexedDB === undefined ? 'memory' : 'indexeddb'

/**
 * The address of the relay's socket: `ws(s)://…/holdfast`.
 *
 * @throws {HoldfastError} `bad-url`
 */
export const relayUrl = (given: string): string => {
  let url: URL
  try {
    url = new URL(given)
  } catch (cause) {
    throw new HoldfastError('bad-url', `This is no address of a relay: ${given}`, { cause })
  }
  const scheme = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }[url.protocol]
  if (scheme === undefined) {
    throw new HoldfastError(
      'bad-url',
      `A relay has a ws: or wss: address, and this is none: ${given}`,
    )
  }
  const path = url.pathname.replace(/\/*$/, '')
  return `${scheme}//${url.host}${path}/holdfast`
}

/** @throws {HoldfastError} `bad-room-name` */
export const checkRoomName: (name: string) => asserts name is RoomName = (name) => {
  if (isRoomName(name)) return
  const sentence = `A room's name has 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : @ - and this is not one: ${name}`
  throw new HoldfastError('bad-room-name', sentence)
}

/** @throws {HoldfastError} `bad-option` */
export const checkUser = (user: string | undefined): void => {
  if (user === undefined) return
  const { length } = new TextEncoder().encode(user)
  if (length > 0 && length <= MAX_USER_BYTES) return
  throw new HoldfastError('bad-option', `A user's name has 1 to ${MAX_USER_BYTES} bytes of UTF-8.`)
}
