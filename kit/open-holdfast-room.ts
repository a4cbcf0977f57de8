import type { OpenRoomOptions, PeerConnectionLike, Room, WebSocketLike } from './api.ts'
import { Connection } from './connection.ts'
import { HoldfastError } from './holdfast-error.ts'
import { OpenRoom } from './open-room.ts'
import { checkRoomName, checkUser, portsFor, relayUrl, storageHere } from './page-ports.ts'
import { checkPeers } from './peers/check-peers.ts'
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
  checkRoomName(name)
  const url = relayUrl(options.url)
  checkUser(options.user)
  checkPeers(options.peers)
  const kind = options.storage ?? storageHere()
  const socket = options.WebSocket ?? (globalThis.WebSocket as WebSocketLike | undefined)
  if (socket === undefined) {
    throw new HoldfastError(
      'bad-option',
      'There is no WebSocket here: pass one as options.WebSocket.',
    )
  }
  const { namespace = 'default', user, token } = options
  const peerConnection =
    options.RTCPeerConnection ?? (globalThis.RTCPeerConnection as PeerConnectionLike | undefined)
  const key = [url, kind, namespace, user, token, socket, peerConnection]
  const known = [...connections].find((each) => {
    return each.key.every((part, at) => part === key[at]) && !each.connection.has(name)
  })
  const connection =
    known?.connection ??
    connect(key, portsFor(kind, namespace, socket, peerConnection), url, options)
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
