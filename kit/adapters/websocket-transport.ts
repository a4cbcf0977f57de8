import type { WebSocketLike } from '../api.ts'
import type { Link, LinkEvents, Transport } from '../ports.ts'

const CLOSED_ABNORMALLY = 1006
const OPEN = 1
/** What a close frame has room for, in UTF-8. */
const MAX_REASON_BYTES = 123

/** Connections over any WebSocket class: the browser's own, the `ws` package's, or one wrapped in faults. */
export const webSocketTransport = (WebSocketClass: WebSocketLike): Transport => ({
  connect: (url, events) => new WebSocketLink(WebSocketClass, url, events),
})

class WebSocketLink implements Link {
  readonly #events: LinkEvents
  #socket: WebSocket | undefined
  #isClosed = false

  constructor(WebSocketClass: WebSocketLike, url: string, events: LinkEvents) {
    this.#events = events
    try {
      this.#socket = this.#watch(new WebSocketClass(url))
    } catch (error) {
      // A bad address, or `ws:` from a page that came by https.
      this.#closeSoon(CLOSED_ABNORMALLY, error instanceof Error ? error.message : String(error))
    }
  }

  send(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (this.#isClosed || socket === undefined || socket.readyState !== OPEN) return false
    // Our bytes never lie in shared memory, which is all that the wider type allows beyond.
    socket.send(bytes as Uint8Array<ArrayBuffer>)
    return true
  }

  /**
   * `closed` comes soon after, without waiting for the other end: over a broken wire its answer can take a minute. What was
   * sent before still goes out.
   */
  close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#socket?.close(code, cutToFit(reason))
    this.#closeSoon(code, reason)
  }

  #watch(socket: WebSocket): WebSocket {
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      if (!this.#isClosed) this.#events.opened()
    }
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.#isClosed) return
      if (event.data instanceof ArrayBuffer) this.#events.message(new Uint8Array(event.data))
      else this.#events.text()
    }
    socket.onclose = (event) => {
      if (this.#isClosed) return
      this.#isClosed = true
      this.#events.closed(event.code, event.reason)
    }
    socket.onerror = () => {
      // Says nothing, and is always followed by a close; but `ws` throws where nobody listens.
    }
    return socket
  }

  #closeSoon(code: number, reason: string): void {
    this.#isClosed = true
    queueMicrotask(() => this.#events.closed(code, reason))
  }
}

/** A longer reason makes `close` throw. */
const cutToFit = (reason: string): string => {
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= MAX_REASON_BYTES) return reason
  let end = MAX_REASON_BYTES
  // Not within a character: bytes of 10xxxxxx go on one.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--
  return new TextDecoder().decode(bytes.subarray(0, end))
}
