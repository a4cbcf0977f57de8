import type { RoomName } from '../protocol/index.ts'
import type { RelayContext } from './context.ts'
import type { Store } from './stores/store.ts'

/** S17: puts the tombstone. False where nothing is stored. Rejects where the store does not take it. */
export const deleteLog = async (
  { clock }: RelayContext,
  store: Store,
  room: RoomName,
): Promise<boolean> => {
  const { head, term } = await store.open(room)
  if (head === 0) return false
  const bytes = new TextEncoder().encode(JSON.stringify({ deletedAtMs: clock.wallMs() }))
  const result = await store.delete(room, { expectHead: head, term, bytes })
  if (!result.ok) throw new Error(`the room could not be deleted: ${result.code}`)
  return true
}
