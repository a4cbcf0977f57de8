import { PieceJoiner, cutFrame, decodeUpFrame } from '../protocol/index.ts'
import type { JoinFailure, MoreToCome, UpFrame, Whole } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'

/** W22: what all connections of one relay have half joined, in bytes of memory. */
export type HalfJoined = { bytes: number; readonly maxBytes: number }

/** W22: the frames of one connection's messages; half a frame at the most, and no more than the relay has room for. */
export class Incoming {
  readonly #joiner: PieceJoiner<UpFrame>
  readonly #all: HalfJoined
  #heldBytes = 0

  constructor({ limits, halfJoined }: RelayContext) {
    this.#joiner = new PieceJoiner(decodeUpFrame, limits.maxFrameBytes)
    this.#all = halfJoined
  }

  /** `overloaded`: all connections together have half joined more than the relay has room for. */
  take(message: Uint8Array): Whole<UpFrame> | MoreToCome | JoinFailure | 'overloaded' {
    const taken = this.#joiner.take(message)
    this.#hold(this.#joiner.heldBytes)
    return this.#all.bytes > this.#all.maxBytes ? 'overloaded' : taken
  }

  /** The connection is over. */
  drop(): void {
    this.#joiner.drop()
    this.#hold(0)
  }

  #hold(bytes: number): void {
    this.#all.bytes += bytes - this.#heldBytes
    this.#heldBytes = bytes
  }
}

/** W22: the messages of an encoded frame. One that goes to many is cut once. */
export type Cut = (frame: Uint8Array) => readonly Uint8Array[]

export const createCut = (pieceBytes: number): Cut => {
  const known = new WeakMap<Uint8Array, readonly Uint8Array[]>()
  return (frame) => {
    if (frame.length <= pieceBytes) return [frame]
    const messages = known.get(frame) ?? cutFrame(frame, pieceBytes)
    known.set(frame, messages)
    return messages
  }
}
