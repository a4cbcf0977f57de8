import { MAX_USER_BYTES, isRoomName } from '../protocol/index.ts'
import { browserPage } from './adapters/browser-page.ts'
import { headlessPage } from './adapters/headless-page.ts'
import { idbStorage } from './adapters/idb-storage.ts'
import { MemoryLocks } from './adapters/memory-locks.ts'
import { MemoryStorage } from './adapters/memory-storage.ts'
import { systemClock } from './adapters/system-clock.ts'
import { webLocks } from './adapters/web-locks.ts'
import { webSocketTransport } from './adapters/websocket-transport.ts'
import type { OpenRoomOptions, Room, WebSocketLike } from './api.ts'
import { Connection } from './connection.ts'
import { HoldfastError } from './holdfast-error.ts'
import { OpenRoom } from './open-room.ts'
import type { Ports } from './ports.ts'

/** The connections of this page, so that rooms of one relay, user and token share a socket. */
const connections = new Set<{ readonly key: readonly unknown[]; readonly connection: Connection }>()

/**
 * Opens a room. Returns at once; `room.ready` resolves when local state is back, with or without a network.
 *
 * @throws {HoldfastError} `bad-room-name`, `bad-url` or `bad-option`: programmers' mistakes. Network facts never throw.
 * @example
 * const room = openRoom({ url: 'wss://relay.example', room: 'notes', doc })
 * await room.push('stroke', { x: 1, y: 2 })
 */
export const openRoom = (options: OpenRoomOptions): Room => {
  const { room: name } = options
  if (!isRoomName(name)) {
    const sentence = `A room's name has 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : @ - and this is not one: ${name}`
    throw new HoldfastError('bad-room-name', sentence)
  }
  const url = relayUrl(options.url)
  checkUser(options.user)
  const kind = options.storage ?? (hasIndexedDb() ? 'indexeddb' : 'memory')
  const socket = options.WebSocket ?? (globalThis.WebSocket as WebSocketLike | undefined)
  if (socket === undefined) {
    throw new HoldfastError(
      'bad-option',
      'There is no WebSocket here: pass one as options.WebSocket.',
    )
  }
  const { namespace = 'default', user, token } = options
  const key = [url, kind, namespace, user, token, socket]
  const known = [...connections].find((each) => {
    return each.key.every((part, at) => part === key[at]) && !each.connection.has(name)
  })
  const connection =
    known?.connection ?? connect(key, portsFor(kind, namespace, socket), url, options)
  return new OpenRoom(connection, name, options, kind === 'indexeddb')
}

const connect = (
  key: readonly unknown[],
  ports: Ports,
  url: string,
  { user, token }: OpenRoomOptions,
): Connection => {
  const ended = (): void => {
    connections.delete(entry)
    ports.storage.close()
  }
  const entry = { key, connection: new Connection(ports, { url, user, token }, ended) }
  connections.add(entry)
  return entry.connection
}

const portsFor = (
  kind: 'indexeddb' | 'memory',
  namespace: string,
  socket: WebSocketLike,
): Ports => {
  const isPage = globalThis.document !== undefined
  return {
    clock: systemClock(),
    transport: webSocketTransport(socket),
    storage: kind === 'indexeddb' ? idbStorage({ namespace }) : new MemoryStorage(),
    locks: kind === 'indexeddb' ? webLocks() : new MemoryLocks(),
    page: isPage ? browserPage() : headlessPage(),
    randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    random: Math.random,
  }
}

const hasIndexedDb = (): boolean => globalThis.indexedDB !== undefined

/** The address of the relay's socket: `ws(s)://…/holdfast`. */
const relayUrl = (given: string): string => {
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

const checkUser = (user: string | undefined): void => {
  if (user === undefined) return
  const { length } = new TextEncoder().encode(user)
  if (length > 0 && length <= MAX_USER_BYTES) return
  throw new HoldfastError('bad-option', `A user's name has 1 to ${MAX_USER_BYTES} bytes of UTF-8.`)
}
