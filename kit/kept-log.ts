import { decodeBatch, emptyChain, hashEntry, isChained } from '../protocol/index.ts'
import type { AppliedBatch, Cursor, OutboxRow, RoomName } from '../protocol/index.ts'
import type { Base, KeptRoom } from './ports.ts'

/** What the disk says of a room, checked: only what follows without a hole counts, the rest is fetched again. */
export type KeptLog = {
  readonly cursor: Cursor | undefined
  readonly base: Base | undefined
  readonly batches: readonly AppliedBatch[]
  readonly rows: readonly OutboxRow[]
  /** Rows whose bytes are no longer what was stored; they can be shown and exported, not sent. */
  readonly damaged: readonly OutboxRow[]
}

/** C4: chain values are checked on the way from the disk as on the way from the relay. */
export const readKept = (room: RoomName, user: string, kept: KeptRoom): KeptLog => {
  const batches: AppliedBatch[] = []
  const { base } = kept
  let cursor: Cursor | undefined =
    base === undefined ? undefined : { epoch: base.epoch, offset: base.offset, chain: base.chain }
  for (const { bytes, epoch } of kept.batches) {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string' || batch.first !== (cursor?.offset ?? 0) + 1) break
    if (!isChained(batch, bytes, cursor?.chain ?? emptyChain(room))) break
    if (epoch !== (cursor?.epoch ?? batch.epoch)) break
    batches.push({ batch, bytes })
    cursor = { epoch, offset: batch.last, chain: batch.chainAfter }
  }
  const rows: OutboxRow[] = []
  const damaged: OutboxRow[] = []
  for (const row of kept.rows) {
    if (row.user !== user) continue
    if (hashEntry(row.bytes) === row.hash) rows.push(row)
    else damaged.push(row)
  }
  return { cursor, base, batches, rows, damaged }
}
