/*
 * Reads WebSocket messages out of the bytes of one direction of a TCP connection, as RFC 6455 has them. A witness of what travels
 * that shares no code with those who send it.
 */

const HEAD_END = Buffer.from('\r\n\r\n')
const OPCODES = { continuation: 0x0, text: 0x1, binary: 0x2, firstControl: 0x8 } as const

type Frame = {
  readonly isFinal: boolean
  readonly opcode: number
  readonly payload: Buffer
  readonly size: number
}

export class WebSocketReader {
  readonly #onMessage: (payload: Buffer) => void
  #bytes = Buffer.alloc(0)
  /** `head`: the HTTP message that a connection begins with. `other`: plain HTTP, of no interest here. */
  #phase: 'head' | 'frames' | 'other' = 'head'
  #fragments: Buffer[] = []

  /** `onMessage` gets the payload of each whole text or binary message. */
  constructor(onMessage: (payload: Buffer) => void) {
    this.#onMessage = onMessage
  }

  push(bytes: Buffer): void {
    if (this.#phase === 'other') return
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    if (this.#phase === 'head') this.#readHead()
    if (this.#phase === 'frames') this.#readFrames()
  }

  #readHead(): void {
    const end = this.#bytes.indexOf(HEAD_END)
    if (end === -1) return
    const head = this.#bytes.subarray(0, end).toString('latin1')
    this.#bytes = this.#bytes.subarray(end + HEAD_END.length)
    this.#phase = /^upgrade: *websocket\r?$/im.test(head) ? 'frames' : 'other'
  }

  #readFrames(): void {
    for (
      let frame = firstFrame(this.#bytes);
      frame !== undefined;
      frame = firstFrame(this.#bytes)
    ) {
      this.#bytes = this.#bytes.subarray(frame.size)
      if (frame.opcode >= OPCODES.firstControl) continue
      this.#fragments.push(frame.payload)
      if (!frame.isFinal) continue
      this.#onMessage(Buffer.concat(this.#fragments.splice(0)))
    }
  }
}

/** RFC 6455, 5.2; undefined until all of it is there. Throws for an extension that nobody agreed on. */
const firstFrame = (bytes: Buffer): Frame | undefined => {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  if ((first & 0x70) !== 0) throw new Error('A WebSocket frame has reserved bits set.')
  const isMasked = (second & 0x80) !== 0
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const maskAt = 2 + lengthBytes
  const payloadAt = maskAt + (isMasked ? 4 : 0)
  if (bytes.length < payloadAt) return undefined
  const length =
    lengthBytes === 0
      ? short
      : lengthBytes === 2
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2))
  const size = payloadAt + length
  if (bytes.length < size) return undefined
  const payload = Buffer.from(bytes.subarray(payloadAt, size))
  if (isMasked) {
    for (let at = 0; at < length; at++) payload[at]! ^= bytes[maskAt + (at % 4)]!
  }
  return { isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload, size }
}
