import { decodeDownFrame } from './codec.ts'
import type { DownFrame } from './frame.ts'
import type { Millis } from './ids.ts'
import { MAX_JOINED_BYTES, PIECE_BYTES } from './limits.ts'
import type { Limits } from './limits.ts'
import { PieceJoiner, cutFrame } from './pieces.ts'
import type { JoinFailure, MoreToCome, Whole } from './pieces.ts'

/**
 * W22: frames in pieces on one connection of a page: which messages a frame is, which frame messages are, and whether a large
 * one still has the wire for itself, in either direction. Until it is through, an answer to what was asked cannot be here.
 */
export class Passage {
  readonly #pieceBytes: number
  readonly #joiner = new PieceJoiner(decodeDownFrame, MAX_JOINED_BYTES)
  /** Undefined before the welcome: nothing is sent in pieces then (W8). */
  #limits: Pick<Limits, 'beatMs' | 'silenceMs'> | undefined
  /** Questions `beat` 0 and their answers: the one behind a large frame is answered when the relay has read that. */
  #questions = 0
  #answers = 0
  #awaited = 0
  /** The question, or its answer, may be lost: no frame takes longer than until then, or the relay has heard too little for too long. */
  #until: Millis = 0
  #saidAt: Millis = 0

  constructor(pieceBytes: number = PIECE_BYTES) {
    this.#pieceBytes = pieceBytes
  }

  welcomed(limits: Limits): void {
    this.#limits = limits
  }

  /** What is sent for a frame. Of more than one message `beat` 0 is to be sent behind them. */
  messages(frame: Uint8Array, now: Millis): readonly Uint8Array[] {
    this.#saidAt = now
    if (this.#limits === undefined) return [frame]
    const pieces = cutFrame(frame, this.#pieceBytes)
    if (pieces.length > 1) {
      this.#awaited = this.#questions + 1
      const slowestMs = this.#limits.silenceMs * (1 + frame.length / PIECE_BYTES)
      this.#until = Math.max(this.#until, now) + slowestMs
    }
    return pieces
  }

  /** `beat` 0 was sent. */
  asked(): void {
    this.#questions++
  }

  /** `pulse` 0 came: says whether a large frame was under way until now. */
  answered(now: Millis): boolean {
    const wasUnderway = this.isUnderway(now)
    this.#answers++
    return wasUnderway
  }

  take(message: Uint8Array): Whole<DownFrame> | MoreToCome | JoinFailure {
    return this.#joiner.take(message)
  }

  isUnderway(now: Millis): boolean {
    return this.#joiner.heldBytes > 0 || (this.#answers < this.#awaited && now < this.#until)
  }

  /** W11: pulses stand behind what is coming, and the relay must hear something all the same. */
  isSignDue(now: Millis): boolean {
    return this.#limits !== undefined && now >= this.#saidAt + this.#limits.beatMs
  }
}
