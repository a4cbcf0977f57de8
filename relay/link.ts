import type { CloseReason, DownFrame } from '../protocol/index.ts'
import type { Turn } from './send-turns.ts'

/** What rooms and sessions may do with the connection behind a seat. */
export interface Link {
  readonly connectedAt: number
  /** When the peer's last frame was read. */
  readonly heardAt: number
  readonly queuedBytes: number
  /** W16: more is queued than a connection may have before it becomes lagging. */
  readonly isOverHighWater: boolean
  send(frame: DownFrame): void
  /** Bytes of a frame that were encoded once for everybody. */
  sendEncoded(type: DownFrame['type'], bytes: Uint8Array): void
  /** Runs once little is queued and every turn before is done: at once, if that is so now. */
  whenDrained(turn: Turn): void
  /** W16: a seat became lagging: its client is to hear the heads as soon as it can pull. */
  tellHeadsWhenDrained(): void
  /** Says `bye` and closes. */
  end(reason: CloseReason, sentence: string, retryAfterMs?: number): void
  /** Reads nothing more from the socket until each reason to pause is gone. */
  pauseFor(reason: object): void
  resumeFor(reason: object): void
  /** Runs what may throw only by a bug of ours; if it does, this connection ends and no other. */
  guard(run: () => void): void
}
