import { unpackEvent } from '../../kit/kept-event.ts'
import type { KeptRoom } from '../../kit/ports.ts'
import { decodeBatch } from '../../protocol/index.ts'
import { contentsOf, idsInUpdate } from './room-shadow.ts'

/** Batches are kept by many tabs, and looked at each time that a row goes. */
const known = new WeakMap<Uint8Array, readonly number[]>()
const knownEvents = new WeakMap<Uint8Array, number>()

/** Without what lies behind a hole: no page can read that back. */
export const readable = ({ base, batches, ...kept }: KeptRoom): KeptRoom => {
  let last = base?.offset ?? 0
  const upTo = batches.findIndex((batch) => {
    const isNext = batch.first === last + 1
    last = batch.last
    return !isNext
  })
  return { ...kept, base, batches: upTo === -1 ? batches : batches.slice(0, upTo) }
}

/** The edits in the part of the log that a device keeps. */
export const keptEdits = ({
  base,
  batches,
}: Pick<KeptRoom, 'base' | 'batches'>): ReadonlySet<number> => {
  const ids = new Set<number>(batches.flatMap(({ bytes }) => idsInBatch(bytes)))
  if (base?.snapshot !== undefined) for (const id of idsInUpdate(base.snapshot)) ids.add(id)
  for (const packed of base?.events ?? []) {
    const id = idInEvent(packed)
    if (id > 0) ids.add(id)
  }
  return ids
}

/** Whether the part of the log that a device keeps has an edit. What goes from the outbox is mostly in the newest of it. */
export const keepsEdit = ({ base, batches }: KeptRoom, id: number): boolean =>
  batches.findLast(({ bytes }) => idsInBatch(bytes).includes(id)) !== undefined ||
  keptEdits({ base, batches: [] }).has(id)

/** 0 where there is none. */
const idInEvent = (packed: Uint8Array): number => {
  const before = knownEvents.get(packed)
  if (before !== undefined) return before
  const { id = 0 } = (unpackEvent(packed)?.payload ?? {}) as { readonly id?: number }
  knownEvents.set(packed, id)
  return id
}

const idsInBatch = (bytes: Uint8Array): readonly number[] => {
  const before = known.get(bytes)
  if (before !== undefined) return before
  const batch = decodeBatch(bytes)
  const ids =
    typeof batch === 'string' ? [] : batch.records.flatMap(({ entry }) => contentsOf(entry).ids)
  known.set(bytes, ids)
  return ids
}
