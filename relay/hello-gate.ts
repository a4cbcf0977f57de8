import {
  MAX_HELLO_BYTES,
  MAX_UNWELCOMED_BYTES,
  decodeUpFrame,
  negotiate,
} from '../protocol/index.ts'
import type { CloseReason, UpFrame } from '../protocol/index.ts'

export type Hello = Extract<UpFrame, { type: 'hello' }>

/** Why somebody does not get in. */
export type HelloRefusal = { readonly reason: CloseReason; readonly sentence: string }

/** W3, V1: the first message of a connection. */
export const readHello = (
  bytes: Uint8Array,
): { readonly hello: Hello; readonly version: number } | HelloRefusal => {
  if (bytes.length > MAX_HELLO_BYTES) {
    return refused('malformed-frame', `the first frame has at most ${MAX_HELLO_BYTES} bytes`)
  }
  const frame = decodeUpFrame(bytes)
  if (frame.type === 'failure') return refused(frame.code, frame.reason)
  if (frame.type !== 'hello') {
    return refused('out-of-order', `the first frame is hello, not ${frame.type}`)
  }
  const version = negotiate(frame.min, frame.max)
  if (version === undefined) {
    return refused('unsupported-version', 'the relay speaks none of the versions you offer')
  }
  return { hello: frame, version }
}

const refused = (reason: CloseReason, sentence: string): HelloRefusal => ({ reason, sentence })

export type Message = { readonly bytes: Uint8Array; readonly isBinary: boolean }

/** What a message costs in memory beside its bytes. */
const MESSAGE_BYTES = 64

/** W8: what came behind a `hello` that is still looked at: kept as it came, and not for ever more of it. */
export class HeldMessages {
  #messages: Message[] = []
  #bytes = 0

  /** False when it is too much. */
  hold(message: Message): boolean {
    this.#bytes += message.bytes.length + MESSAGE_BYTES
    if (this.#bytes > MAX_UNWELCOMED_BYTES) return false
    this.#messages.push(message)
    return true
  }

  release(): readonly Message[] {
    return this.#messages.splice(0)
  }
}
