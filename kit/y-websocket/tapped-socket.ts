import type { WebSocketLike } from '../api.ts'

/** What a socket of the provider's own tells it. */
export type SocketEvents = {
  readonly made: (socket: WebSocket) => void
  readonly opened: (socket: WebSocket) => void
  readonly message: (socket: WebSocket) => void
  readonly failed: (socket: WebSocket, event: Event) => void
  readonly closed: (socket: WebSocket, event: CloseEvent) => void
}

export type SocketOptions = {
  readonly WebSocketPolyfill: WebSocketLike
  /** Asked at each attempt. */
  readonly protocols: () => string | string[]
  readonly query: () => string
}

/** A WebSocket class that makes sockets of the app's class, at the app's address, and says what becomes of each. */
export const tappedSocket = (options: SocketOptions, events: SocketEvents): WebSocketLike => {
  const { WebSocketPolyfill, protocols, query } = options
  return class {
    constructor(url: string) {
      const socket = new WebSocketPolyfill(url + query(), protocols())
      socket.addEventListener('open', () => events.opened(socket))
      socket.addEventListener('message', () => events.message(socket))
      socket.addEventListener('error', (event) => events.failed(socket, event))
      socket.addEventListener('close', (event) => events.closed(socket, event))
      events.made(socket)
      // A class that gives something else when it is constructed: the app's own socket, whatever it is made of.
      return socket
    }
  } as unknown as WebSocketLike
}
