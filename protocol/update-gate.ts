import type { RejectCode } from './batch.ts'
import type { Author } from './ids.ts'

/** Who offers an update. */
export type Offerer = { readonly author: Author; readonly user: string }

/**
 * What the sequencer asks of document updates, since it knows nothing of documents. It is told of every update of the log, in the
 * log's order, and judges the next one on top of all that were taken.
 */
export type UpdateGate = {
  /** `fits`: it is taken. `notYet`: nothing happened, and it can be offered again. Else it is refused for good (S9). */
  judge(update: Uint8Array, from: Offerer): 'fits' | 'notYet' | RejectCode
  /** The oldest update that was taken and not durable is durable. */
  settled(): void
  /** S7: an update of the stored log; it is there, whatever it is. */
  replay(update: Uint8Array, author: Author): void
  /** What of the durable log the next load needs to know. */
  checkpoint(): Uint8Array
  /** Before anything else: a state of {@link checkpoint}. A sentence when the bytes are none. */
  restore(bytes: Uint8Array): string | undefined
}
