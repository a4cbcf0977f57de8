import { decodeEntry, decodeEvent } from '../protocol/index.ts'
import type { Millis, Outbox, OutboxRow } from '../protocol/index.ts'
import type { PendingEntry } from './api.ts'

/** O9, K10: what is carried for others is not this page's to answer for. */
export const isOwn = ({ proof }: Pick<OutboxRow, 'proof'>): boolean => proof !== undefined

/** The unsettled entries of a page for people to look at. */
export const pendingEntries = (
  outbox: Outbox | undefined,
  now: Millis,
): readonly PendingEntry[] => {
  const pending: PendingEntry[] = []
  for (const held of outbox?.rows() ?? []) {
    if (held.isAcked || !isOwn(held.row)) continue
    const { author, seq, bytes } = held.row
    const isOnDisk = outbox?.isOnDisk(held) === true
    pending.push({ author, seq, ...describe(bytes), bytes, ageMs: now - held.heldSince, isOnDisk })
  }
  return pending
}

const describe = (bytes: Uint8Array): Pick<PendingEntry, 'kind' | 'name'> => {
  const entry = decodeEntry(bytes)
  if (typeof entry === 'string' || entry.kind !== 'event')
    return { kind: 'update', name: undefined }
  return { kind: 'event', name: decodeEvent(entry.body)?.name }
}
