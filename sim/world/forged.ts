import {
  authorOf,
  decodeBatch,
  encodeEntry,
  encodeEvent,
  hashEntry,
  toHex,
} from '../../protocol/index.ts'
import type { Batch, Chain, EntryHash, Epoch } from '../../protocol/index.ts'
import { encodeBatch } from '../../protocol/batch-codec.ts'
import type { Draws } from '../kernel/random.ts'

/** No page ever writes that many edits. */
export const MADE_UP_ID = 1_000_000

/** An event that no page wrote. */
export const madeUp = (draws: Draws): { readonly hash: EntryHash; readonly bytes: Uint8Array } => {
  const made = { id: MADE_UP_ID + draws.below(1000), after: 0, by: 1 }
  const body = encodeEvent({ name: 'event', payload: made })
  const bytes = encodeEntry({ kind: 'event', origin: undefined, body })
  return { hash: hashEntry(bytes), bytes }
}

/** A batch that no relay wrote: one of the log with a record changed, or a new one. */
export const forged = (
  copied: Pick<Batch, 'first' | 'epoch' | 'records' | 'code'> | undefined,
  before: Chain,
  epoch: Epoch | undefined,
  draws: Draws,
): Uint8Array => {
  const { bytes } = madeUp(draws)
  const author = authorOf(draws.bytes(32))
  const fresh = { author, user: 'mallory', seq: 1, bytes, seal: undefined }
  const [first] = copied?.records ?? []
  const records = first === undefined ? [fresh] : [{ ...first, bytes }, fresh]
  const parts = { first: copied?.first ?? 1, atMs: 0, epoch: copied?.epoch ?? epoch, records }
  const code = copied?.code ?? draws.bytes(16)
  return encodeBatch(parts, before, () => code).bytes
}

/** One that says to be the next of a log. */
export const forgedBatch = (first: number, epoch: Epoch, draws: Draws): Uint8Array => {
  const code = draws.bytes(16)
  return forged({ first, epoch, records: [], code }, toHex(draws.bytes(16)) as Chain, epoch, draws)
}

/** The epoch that a log has by its batches; any where it has none. */
export const epochOf = (batches: readonly Uint8Array[], draws: Draws): Epoch => {
  const genuine = batches.map((bytes) => decodeBatch(bytes))
  const newest = genuine.findLast(
    (batch): batch is Batch => typeof batch !== 'string' && batch.epoch !== undefined,
  )
  return newest?.epoch ?? (toHex(draws.bytes(16)) as Epoch)
}
