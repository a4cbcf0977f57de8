/** Opens what a power cut left with the real store, and holds it against what had been promised at that moment. */
import { isDeepStrictEqual } from 'node:util'
import { openLmdbReadOnly } from '../../stores/lmdb-read-only.ts'
import { openLmdbStore } from '../../stores/lmdb-store.ts'
import type { Store } from '../../stores/store.ts'
import type { Journal } from './journal.ts'
import { ROOMS, contentBehind, contentOf } from './operations.ts'
import type { Operation, StoreContent } from './operations.ts'

/** What had been asked by a moment, and the number of the last operation that had been acked. */
export type Promised = { readonly asked: readonly Operation[]; readonly acked: number }

export const promisedAt = (journal: Journal, moment: number): Promised => {
  const asked = journal.asked.filter(({ at }) => at <= moment).map(({ operation }) => operation)
  const acked = asked.filter(({ n }) => (journal.ackedAt.get(n) ?? Infinity) <= moment)
  return { asked, acked: Math.max(0, ...acked.map(({ n }) => n)) }
}

/** Resolves with what is wrong, if anything is. The folder is written to. */
export const judgeImage = async (dir: string, promised: Promised): Promise<string | undefined> => {
  let store: Store
  try {
    store = await openLmdbStore(dir)
  } catch (error) {
    return `it cannot be opened: ${String(error)}`
  }
  try {
    const found = await contentOf(store)
    return whyBroken(found, promised) ?? (await whyNotWritable(dir, store, found))
  } catch (error) {
    return `it cannot be read: ${String(error)}`
  } finally {
    await store.close()
  }
}

/**
 * What is found must be what the first so many operations leave: all that were acked, none that was not asked, and whole
 * turns, because the store promises one commit for what was asked in one.
 */
const whyBroken = (found: StoreContent, { asked, acked }: Promised): string | undefined => {
  let behindAcked: StoreContent | undefined
  for (let count = acked; count <= asked.length; count++) {
    if (asked[count - 1]?.turn === asked[count]?.turn && count > 0 && count < asked.length) continue
    const expected = contentBehind(asked.slice(0, count))
    behindAcked ??= expected
    if (isDeepStrictEqual(found, expected)) return undefined
  }
  const wrong = [...found].filter(([room, content]) => {
    return !isDeepStrictEqual(content, behindAcked?.get(room))
  })
  const told = wrong.map(
    ([room]) => `${room}: ${tell(found, room)}, not ${tell(behindAcked, room)}`,
  )
  return `${acked} of ${asked.length} operations were acked, but ${told.join('; ') || 'turns are torn'}`
}

const tell = (content: StoreContent | undefined, name: string): string => {
  const room = content?.get(name)
  if (room === undefined) return 'nothing'
  const { head, batches, checkpoint, deleted } = room
  return `head ${head} in ${batches.length} batches, checkpoint ${checkpoint?.through ?? 'none'}, ${deleted === undefined ? 'never deleted' : `deleted (${deleted.length} bytes)`}`
}

const FURTHER = Buffer.from('written behind the cut')

const whyNotWritable = async (
  dir: string,
  store: Store,
  found: StoreContent,
): Promise<string | undefined> => {
  const appends = ['new', ...ROOMS].map((room) => {
    const { head, term } = found.get(room) ?? { head: 0, term: 0 }
    return { room, expectHead: head, head: head + 1, term, bytes: FURTHER }
  })
  const results = await store.append(appends)
  if (results.some(({ ok }) => !ok))
    return `a further append is refused: ${JSON.stringify(results)}`
  const reader = await openLmdbReadOnly(dir)
  try {
    for (const { room, expectHead } of appends) {
      const [batch] = await reader.read(room, expectHead, FURTHER.length)
      if (batch === undefined || !FURTHER.equals(batch.bytes))
        return `a further append to ${room} is not there`
    }
  } finally {
    await reader.close()
  }
  return undefined
}
