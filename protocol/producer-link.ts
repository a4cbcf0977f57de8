import type { DenyCode } from './frame.ts'
import type { Author, Millis } from './ids.ts'

/** One producer opened on one join: how far it was sent, and what the relay said of it. */
export type ProducerLink = {
  readonly author: Author
  /** The client's number for this `open`. */
  readonly handle: number
  /** Since when an answer to `open` can be expected. */
  openedAt: Millis
  /** The mark that `opened` told; undefined until then. */
  through: number | undefined
  /** The highest seq sent on this join, or known to be settled. */
  sentThrough: number
  /** R4: entries up to there that are to be sent once more. */
  readonly again: Set<number>
  /** O4: once the cursor reaches `head`, rows up to `through` are in the log that this page has. */
  covered: { readonly through: number; readonly head: number } | undefined
  denied: DenyCode | undefined
  /** K3: opened without the secret, so that what is sent on it has seals. */
  readonly isCarried: boolean
  /** Its rows wait for the right to give them new keys (O7), or for somebody else, who alone has it (K10). */
  isWaitingForLock: boolean
  /** O17: the entry that the relay answered with `notYet`, how often it did, and before when it is not sent again. */
  waiting:
    | { readonly seq: number; readonly answers: number; notBefore: Millis | undefined }
    | undefined
}

export const newProducerLink = (
  author: Author,
  handle: number,
  firstSeq: number,
  now: Millis,
  isCarried: boolean,
): ProducerLink => ({
  author,
  handle,
  openedAt: now,
  through: undefined,
  sentThrough: firstSeq - 1,
  again: new Set(),
  covered: undefined,
  denied: undefined,
  isCarried,
  isWaitingForLock: false,
  waiting: undefined,
})
