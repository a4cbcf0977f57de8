import { authorOf, emptyChain, encodeEntry } from '../../../protocol/index.ts'
import type { LogRecord, RoomName } from '../../../protocol/index.ts'
import { encodeBatch } from '../../../protocol/batch-codec.ts'

export type Said = { readonly kind: 'update' | 'event'; readonly body: Uint8Array }

export const asUpdates = (updates: readonly Uint8Array[]): Said[] =>
  updates.map((body) => ({ kind: 'update', body }))

const author = authorOf(new TextEncoder().encode('a proof'))

const recordOf = ({ kind, body }: Said, offset: number): LogRecord => {
  const entry = { kind, origin: undefined, body }
  const bytes = encodeEntry(entry)
  return { offset, atMs: 1, author, user: 'ada', seq: offset, entry, bytes, seal: undefined }
}

/** Batches of a log, each of at most `size` records. */
export const batchesOf = (said: readonly Said[], size = 10): Uint8Array[] => {
  const records = said.map((each, at) => recordOf(each, at + 1))
  const batches: Uint8Array[] = []
  let chain = emptyChain('room' as RoomName)
  for (let at = 0; at < records.length; at += size) {
    const some = records.slice(at, at + size)
    const draft = { first: at + 1, atMs: 1, epoch: undefined, records: some }
    const { bytes, chainAfter } = encodeBatch(draft, chain)
    chain = chainAfter
    batches.push(bytes)
  }
  return batches
}
