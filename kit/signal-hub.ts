import { decodeEvent, encodeEvent } from '../protocol/index.ts'
import type { Payload } from '../protocol/index.ts'
import { callApp } from './watched.ts'

export type SignalSender = { readonly session: number; readonly user: string }
export type SignalHandler = (payload: Payload, from: SignalSender) => void

const APP = 'app'

/** W13: ephemeral messages of a room. Each travels as an event's body, so that several uses stay apart by name. */
export class SignalHub {
  readonly #sendBytes: (bytes: Uint8Array) => void
  readonly #handlers = new Map<string, Set<SignalHandler>>()

  constructor(sendBytes: (bytes: Uint8Array) => void) {
    this.#sendBytes = sendBytes
  }

  send(payload: Payload, use: string = APP): void {
    this.#sendBytes(encodeEvent({ name: use, payload }))
  }

  on(handler: SignalHandler, use: string = APP): () => void {
    const handlers = this.#handlers.get(use) ?? new Set()
    this.#handlers.set(use, handlers)
    handlers.add(handler)
    return () => void handlers.delete(handler)
  }

  /** A signal from another session; what is none of ours is dropped: signals promise nothing. */
  take(signal: SignalSender & { readonly bytes: Uint8Array }): void {
    const body = decodeEvent(signal.bytes)
    if (body === undefined) return
    const from = { session: signal.session, user: signal.user }
    for (const handler of this.#handlers.get(body.name) ?? []) {
      callApp(() => handler(body.payload, from))
    }
  }
}
