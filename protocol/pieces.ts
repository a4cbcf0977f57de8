import { encodeFrame, isUpKind } from './codec.ts'
import type { DecodeFailure, DownFrame, UpFrame } from './frame.ts'

/** W22: the messages of a frame: itself, or pieces of it with `pieceBytes` of its bytes each, the last one with what is left. */
export const cutFrame = (frame: Uint8Array, pieceBytes: number): readonly Uint8Array[] => {
  if (frame.length <= pieceBytes) return [frame]
  const type = isUpKind(frame) ? 'piece' : 'slice'
  const pieces: Uint8Array[] = []
  for (let at = 0; at < frame.length; at += pieceBytes) {
    const bytes = frame.subarray(at, at + pieceBytes)
    pieces.push(encodeFrame({ type, isLast: at + pieceBytes >= frame.length, bytes }))
  }
  return pieces
}

/** The message was a piece, and the frame is not whole. */
export type MoreToCome = { readonly type: 'more' }
/** Why messages are no frame; `too-large`: more was to be joined than may be. */
export type JoinFailure =
  | DecodeFailure
  | { readonly type: 'failure'; readonly code: 'too-large'; readonly reason: string }

type Any = UpFrame | DownFrame
/** What is left of frames once they are joined. */
export type Whole<Frame extends Any> = Exclude<Frame, { type: 'piece' | 'slice' }>

const MORE: MoreToCome = { type: 'more' }

/** W22, W2: makes frames of one connection's messages. Total; after a failure the connection is over. */
export class PieceJoiner<Frame extends Any> {
  readonly #decode: (message: Uint8Array) => Frame | DecodeFailure
  readonly #maxBytes: number
  /**
   * What has come, at the front of a buffer that doubles as it fills: a list of pieces would weigh a hundred times their
   * bytes if each had one.
   */
  #buffer = new Uint8Array()
  #length = 0

  /** `maxBytes`: the most that a joined frame may have. */
  constructor(decode: (message: Uint8Array) => Frame | DecodeFailure, maxBytes: number) {
    this.#decode = decode
    this.#maxBytes = maxBytes
  }

  /** What a frame that is not whole takes of memory. */
  get heldBytes(): number {
    return this.#buffer.length
  }

  take(message: Uint8Array): Whole<Frame> | MoreToCome | JoinFailure {
    const frame: Any | DecodeFailure = this.#decode(message)
    if (frame.type === 'failure') return frame
    if (frame.type === 'piece' || frame.type === 'slice') return this.#piece(frame)
    if (this.#length > 0) return malformed(`${frame.type} stands between pieces`)
    return frame as Whole<Frame>
  }

  /** Forgets what is not whole. */
  drop(): void {
    this.#buffer = new Uint8Array()
    this.#length = 0
  }

  #piece({ isLast, bytes }: Extract<Any, { type: 'piece' | 'slice' }>) {
    if (bytes.length === 0) return malformed('a piece has no bytes')
    if (isLast && this.#length === 0) return malformed('a last piece has none before it')
    const length = this.#length + bytes.length
    if (length > this.#maxBytes) {
      const reason = `A frame has at most ${this.#maxBytes} bytes.`
      return { type: 'failure', code: 'too-large', reason } as const
    }
    this.#grow(length)
    this.#buffer.set(bytes, this.#length)
    this.#length = length
    return isLast ? this.#whole() : MORE
  }

  #grow(length: number): void {
    if (length <= this.#buffer.length) return
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#length)))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }

  #whole(): Whole<Frame> | DecodeFailure {
    const whole = this.#buffer.subarray(0, this.#length)
    this.drop()
    const frame: Any | DecodeFailure = this.#decode(whole)
    if (frame.type === 'piece' || frame.type === 'slice') return malformed('a piece is in a piece')
    return frame as Whole<Frame> | DecodeFailure
  }
}

const malformed = (reason: string): DecodeFailure => ({
  type: 'failure',
  code: 'malformed-frame',
  reason,
})
