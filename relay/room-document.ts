import type { RoomName } from '../protocol/index.ts'
import { logPages } from './jobs/log-pages.ts'
import type { RoomJobs } from './room-jobs.ts'
import { RoomDeleted } from './room-load.ts'
import type { Store } from './stores/store.ts'

/** `through`: the offset up to which the log was read; 0 for a room that nobody wrote in. */
export type RoomDocument = { readonly update: Uint8Array; readonly through: number }

export type DocumentParts = {
  readonly store: Pick<Store, 'open' | 'read'>
  readonly jobs: Pick<RoomJobs, 'run'>
  readonly pageBytes: number
  readonly deadlineMs?: number
}

/** The update, and the state vector, of a document in which nothing happened. */
const EMPTY_UPDATE = Uint8Array.of(0, 0)
export const EMPTY_VECTOR: Uint8Array = Uint8Array.of(0)

/**
 * A8: what a room's document has beyond a state vector, as one Yjs update: of what is on the disk and nothing else, made by a job. Undefined where nobody
 * wants it any more, `malformed` where the vector is none. Rejects with a `JobError`, a `StoreError` or, S17, with `RoomDeleted`.
 */
export const documentOf = async (
  { store, jobs, pageBytes, deadlineMs }: DocumentParts,
  room: RoomName,
  vector: Uint8Array,
  isWanted: () => boolean = () => true,
): Promise<RoomDocument | 'malformed' | undefined> => {
  const { head, deleted } = await store.open(room)
  if (head === 0 && deleted !== undefined) throw new RoomDeleted(`the room ${room} was deleted`)
  if (head === 0) return { update: EMPTY_UPDATE, through: 0 }
  const { pages, through } = logPages(storedLog(store, room, head), pageBytes)
  const answer = await jobs.run({
    room,
    kind: 'difference',
    input: { vector },
    pages,
    isWanted,
    ...(deadlineMs !== undefined && { deadlineMs }),
  })
  if (answer === undefined) return undefined
  return answer.type === 'malformed' ? answer.type : { update: answer.update, through: through() }
}

/**
 * Batches may be compacted under whoever reads them (S18): then the next page begins before the end of the last one, and says once more what is in the
 * document already.
 */
const storedLog = (store: Pick<Store, 'read'>, room: RoomName, head: number) => ({
  head,
  pageBehind: async (after: number, maxBytes: number) => {
    const stored = await store.read(room, after, maxBytes)
    return { batches: stored.map(({ bytes }) => bytes), through: stored.at(-1)?.head ?? after }
  },
})
