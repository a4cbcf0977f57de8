import type { Author, EntryKey, Sealed } from '../../protocol/index.ts'
import type { Base, KeptRoom, OutboxRow, RejectedRow, RoomChange, KeptBatch } from '../ports.ts'

/*
 * What every storage means by a room: pure, so that memory and IndexedDB cannot differ in it.
 */

const byAuthorAndSeq = (a: EntryKey, b: EntryKey): number =>
  a.author < b.author ? -1 : a.author > b.author ? 1 : a.seq - b.seq

const byOrder = (a: OutboxRow, b: OutboxRow): number => a.order - b.order || byAuthorAndSeq(a, b)

/**
 * Without a base two epochs can lie side by side, where a page that had not heard of the reset wrote after one that had.
 * The one that got further is shown; should it be the old one, the relay answers its cursor with a reset and all is read anew.
 */
const longestEpoch = (batches: readonly KeptBatch[]): string | undefined => {
  let longest: KeptBatch | undefined
  for (const batch of batches) {
    const isLonger =
      longest === undefined ||
      batch.last > longest.last ||
      (batch.last === longest.last && batch.epoch < longest.epoch)
    if (isLonger) longest = batch
  }
  return longest?.epoch
}

/** Puts what lies on disk in order, and leaves out batches that no base needs any more. */
export const arrangeRoom = (
  base: Base | undefined,
  batches: readonly KeptBatch[],
  rows: readonly OutboxRow[],
  rejected: readonly RejectedRow[],
  receiptKey: Uint8Array | undefined,
): KeptRoom => {
  const epoch = base?.epoch ?? longestEpoch(batches)
  const after = base?.offset ?? 0
  return {
    base,
    batches: batches
      .filter((batch) => batch.epoch === epoch && batch.last > after)
      .toSorted((a, b) => a.last - b.last),
    rows: rows.toSorted(byOrder),
    rejected: rejected.toSorted(byOrder),
    receiptKey,
  }
}

/** Whether the base that `fold` was made from is still the stored one. */
export const isFoldable = (
  stored: Base | undefined,
  fold: NonNullable<RoomChange['fold']>,
): boolean =>
  stored === undefined
    ? fold.expectEpoch === undefined
    : stored.epoch === fold.expectEpoch && stored.offset === fold.expectOffset

/**
 * A view into a larger buffer (a frame as it came from the socket) would take the whole buffer to disk with it:
 * structured clone copies buffers, not views.
 */
const tight = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()

const tightSealed = ({ key, user, seal, pass }: Sealed): Sealed => ({
  key: tight(key),
  user,
  seal: tight(seal),
  pass: pass && tight(pass),
})

export const tightRow = <Row extends OutboxRow>(row: Row): Row => ({
  ...row,
  proof: row.proof && tight(row.proof),
  bytes: tight(row.bytes),
  ...(row.sealed !== undefined && { sealed: tightSealed(row.sealed) }),
})

/**
 * K10: the row that stays where one is put in the place of another. Only the one with the proof can be given new keys, and needs no pass: one that came sealed,
 * through another page of the same profile perhaps, never takes its place.
 */
export const rowToKeep = (there: OutboxRow | undefined, comes: OutboxRow): OutboxRow =>
  there?.proof !== undefined && comes.proof === undefined ? there : comes

export type SeqRun = { readonly author: Author; readonly from: number; readonly through: number }

/** Keys as runs of seqs without a hole; a key that comes twice is in one of them. */
export const seqRuns = (keys: readonly EntryKey[]): readonly SeqRun[] => {
  const runs: SeqRun[] = []
  for (const { author, seq } of keys.toSorted(byAuthorAndSeq)) {
    const last = runs.at(-1)
    const isNext = last?.author === author && seq <= last.through + 1
    if (isNext) runs[runs.length - 1] = { ...last, through: seq }
    else runs.push({ author, from: seq, through: seq })
  }
  return runs
}

export const tightBatch = (batch: KeptBatch): KeptBatch => ({
  ...batch,
  bytes: tight(batch.bytes),
})

export const tightBase = (base: Base): Base => ({
  ...base,
  snapshot: base.snapshot === undefined ? undefined : tight(base.snapshot),
  events: base.events.map(tight),
})
