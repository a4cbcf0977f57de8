import type { Author } from '../protocol/index.ts'
import type { Seat } from './seat.ts'

/** A producer opened on a seat: the sequencer's `Writer`. */
export type Producer = {
  readonly handle: number
  readonly seat: Seat
  readonly author: Author
  /** K3: the author's public key and user, where it was opened by somebody who carries its entries. */
  readonly carried?: { readonly key: Uint8Array; readonly user: string } | undefined
  /** The sequencer's name for it, once it is opened. */
  writer: number | undefined
}

/** S10: whose author it is: who opened it, unless that one carries. */
export const userOf = ({ carried, seat }: Producer): string => carried?.user ?? seat.user
