import { decodeBatch } from '../protocol/index.ts'
import type { Batch, RoomName } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { Store } from './stores/store.ts'

/** S19: the begin of a log whose events are too old to be kept. */
export type OldPart = {
  /** The end of the batch up to which the log is to be compacted; undefined where it begins with nothing that is too old. */
  readonly through: number | undefined
  /** The time from which on something behind that may be; undefined where the log ends. */
  readonly nextMs: number | undefined
}

/** What one compaction takes of a log in which years are too old: the next one goes on. */
const MAX_OLD_BYTES = 64 * 1024 * 1024

/** Reads a log from its start up to the first batch that is young enough. */
export const findOldPart = async (
  { limits, clock }: Pick<RelayContext, 'limits' | 'clock'>,
  store: Pick<Store, 'read'>,
  room: RoomName,
  eventsSinceMs: number,
  maxBytes: number = MAX_OLD_BYTES,
): Promise<OldPart> => {
  const walk = new OldWalk(eventsSinceMs, maxBytes)
  let at = 0
  for (;;) {
    const stored = await store.read(room, at, limits.maxPageBytes)
    if (stored.length === 0) return walk.end(undefined)
    for (const { bytes, head } of stored) {
      const nextMs = walk.take(batchOf(bytes, head), bytes.length)
      if (nextMs !== undefined) return walk.end(nextMs)
      at = head
    }
    // Everybody else's sockets come in between.
    await new Promise<void>((resolve) => clock.soon(resolve))
  }
}

class OldWalk {
  readonly #sinceMs: number
  readonly #maxBytes: number
  #isDue = false
  #through = 0
  #bytes = 0

  constructor(sinceMs: number, maxBytes: number) {
    this.#sinceMs = sinceMs
    this.#maxBytes = maxBytes
  }

  /** Takes the next batch; the time of its oldest event where it is young enough to end the walk. */
  take(batch: Batch, bytes: number): number | undefined {
    const { isCompacted, atMs, last, records } = batch
    const times = records.filter(({ entry }) => entry.kind === 'event').map((one) => one.atMs)
    const oldestMs = times.reduce((one, other) => Math.min(one, other), Infinity)
    const hasOld = oldestMs < this.#sinceMs
    // A compacted batch has no age of its own: one that has no event at all says nothing of what stands behind it.
    if (isCompacted ? !hasOld && times.length > 0 : atMs >= this.#sinceMs) {
      return isCompacted ? oldestMs : atMs
    }
    this.#isDue ||= hasOld
    this.#through = last
    this.#bytes += bytes
    if (this.#bytes < this.#maxBytes) return undefined
    this.#isDue = true
    return atMs
  }

  end(nextMs: number | undefined): OldPart {
    return { through: this.#isDue ? this.#through : undefined, nextMs }
  }
}

const batchOf = (bytes: Uint8Array, head: number): Batch => {
  const batch = decodeBatch(bytes)
  if (typeof batch === 'string') throw new Error(`the batch at ${head} is damaged: ${batch}`)
  return batch
}
