import { LogReader, emptyChain, hashEntry } from '../protocol/index.ts'
import type {
  AppliedBatch,
  Cursor,
  Epoch,
  KeptRun,
  OutboxRow,
  RoomName,
} from '../protocol/index.ts'
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
  const { base } = kept
  const reader = readerBehind(room, base, kept.batches[0]?.epoch)
  const batches: AppliedBatch[] = []
  for (const { bytes, epoch } of kept.batches) {
    if (epoch !== reader.cursor.epoch) break
    const { applied, end } = reader.read([bytes])
    if (end !== 'all' || applied.length === 0) break
    batches.push(...applied)
  }
  const cursor = base === undefined && batches.length === 0 ? undefined : reader.cursor
  return { cursor, base, batches, ...readRows(user, kept.rows) }
}

/** The rows of this user, told apart by whether their bytes are what was stored. */
export const readRows = (
  user: string,
  kept: readonly OutboxRow[],
): Pick<KeptLog, 'rows' | 'damaged'> => {
  const rows: OutboxRow[] = []
  const damaged: OutboxRow[] = []
  for (const row of kept) {
    if (row.user !== user) continue
    if (hashEntry(row.bytes) === row.hash) rows.push(row)
    else damaged.push(row)
  }
  return { rows, damaged }
}

/** What reads on behind a base, or from the start of a log of this epoch. */
export const readerBehind = (
  room: RoomName,
  base: Base | undefined,
  epoch: Epoch | undefined,
): LogReader => {
  const reader = new LogReader(room, base && cursorOf(base))
  if (epoch !== undefined) reader.joined(epoch)
  return reader
}

/** C12: what may be given back to a relay that lost it: batches as they came, and what stood before them. */
export const keptRun = (room: RoomName, { base, batches }: KeptLog): KeptRun | undefined => {
  // Compacted ones nobody can verify (S18): what stands behind them begins where the last one ends.
  const at = batches.findLastIndex(({ batch }) => batch.isCompacted)
  const compacted = batches[at]?.batch
  const [first, ...rest] = batches.slice(at + 1)
  const epoch = first?.batch.epoch ?? compacted?.epoch ?? base?.proof?.epoch ?? base?.epoch
  if (first === undefined || epoch === undefined) return undefined
  const before = compacted?.chainAfter ?? base?.chain ?? emptyChain(room)
  return { epoch, before, batches: [first, ...rest].map(({ bytes }) => bytes) }
}

const cursorOf = ({ epoch, offset, chain, proof }: Base): Cursor => ({
  epoch,
  offset,
  chain,
  proof,
})
