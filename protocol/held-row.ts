import { decodeEntry, encodeEntry } from './batch-codec.ts'
import type { Millis } from './ids.ts'
import { assert } from './machine.ts'
import type { HeldRow, OutboxRow } from './outbox-types.ts'

export const newHeldRow = (
  row: OutboxRow,
  what: Pick<HeldRow, 'tag' | 'isOurs' | 'heldSince'> & { readonly sentAt?: Millis | undefined },
): HeldRow => ({ sentAt: undefined, ...what, row, isAcked: false, ackedAt: undefined })

/** E6: the same entry with the key under which it was first minted. */
export const withOrigin = ({ author, seq, bytes }: OutboxRow): Uint8Array => {
  const entry = decodeEntry(bytes)
  assert(typeof entry !== 'string', 'a row of the outbox is an entry')
  return encodeEntry({ ...entry, origin: entry.origin ?? { author, seq } })
}
