/** Whatever a WebSocket sends: text, bytes, or a blob. */
export type FrameData = string | ArrayBufferLike | ArrayBufferView | Blob

export const CONNECTING = 0
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3
/** The close code of a connection that ended without saying so. */
export const CLOSED_ABNORMALLY = 1006

const NORMAL_CLOSURE = 1000
const FIRST_OWN_CODE = 3000
const LAST_OWN_CODE = 4999
const MAX_REASON_BYTES = 123

/**
 * What the faults need of a WebSocket, without naming a platform's: the browser's and the `ws` package's both fit. Its
 * handlers take whatever event their platform makes, hence `never`.
 */
export type SocketLike = {
  readonly url: string
  readonly protocol: string
  readonly extensions: string
  readonly readyState: number
  readonly bufferedAmount: number
  binaryType: string
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(data: FrameData): void
  close(code?: number, reason?: string): void
  /** Drops the connection without a handshake: `ws` can, a browser cannot. */
  terminate?(): void
}

export type SocketClass = new (url: string, protocols?: string | string[]) => SocketLike

/** Throws as a WebSocket's own `close` does: InvalidAccessError for the code, SyntaxError for the reason. */
export const checkClose = (code: number | undefined, reason: string | undefined): void => {
  const isAllowed =
    code === undefined ||
    code === NORMAL_CLOSURE ||
    (code >= FIRST_OWN_CODE && code <= LAST_OWN_CODE)
  if (!isAllowed) {
    const sentence = `A connection is closed with 1000 or 3000 to 4999, not ${code}.`
    throw new DOMException(sentence, 'InvalidAccessError')
  }
  if (new TextEncoder().encode(reason ?? '').length > MAX_REASON_BYTES) {
    throw new DOMException(
      `The reason for closing is longer than ${MAX_REASON_BYTES} bytes.`,
      'SyntaxError',
    )
  }
}

/** The same data, safe from what the sender does to its buffer afterwards. */
export const snapshotOf = <Data>(data: Data): Data => {
  const copy = bytesOf(data)?.slice()
  return copy === undefined ? data : inShapeOf(data, copy)
}

/** The same data with one byte changed, which one and to what by `draws` in [0, 1); undefined for what holds no bytes here. */
export const corrupted = <Data>(
  data: Data,
  ...draws: readonly [number, number]
): Data | undefined => {
  const bytes = bytesOf(data)?.slice()
  if (bytes === undefined || bytes.length === 0) return undefined
  const at = Math.floor(draws[0] * bytes.length)
  // By 1 to 255: never the byte that it was.
  bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(draws[1] * 255))
  return inShapeOf(data, bytes)
}

/** In bytes, as it travels. */
export const sizeOf = (data: unknown): number => {
  if (typeof data === 'string') return new TextEncoder().encode(data).length
  if (typeof Blob === 'function' && data instanceof Blob) return data.size
  return bytesOf(data)?.length ?? 0
}

/** Whoever asked for buffers gets no views. Both are what a socket sends and delivers. */
const inShapeOf = <Data>(data: Data, bytes: Uint8Array): Data =>
  (ArrayBuffer.isView(data) ? bytes : bytes.buffer) as Data

/** A view of the bytes, or undefined for text and blobs. */
export const bytesOf = (data: unknown): Uint8Array | undefined => {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (typeof SharedArrayBuffer === 'function' && data instanceof SharedArrayBuffer) {
    return new Uint8Array(data)
  }
  return undefined
}
