import type { Epoch, RoomLink } from '../../protocol/index.ts'
import type { Clock } from '../ports.ts'
import type { RoomStorage } from '../room-storage.ts'

/** What this page has just read may be on its way to the disk. */
const AGAIN_MS = 300
const TRIES = 4

type Asked = { readonly epoch: Epoch; readonly after: number }

/** R13: the batches behind an offset, of this device's disk: none where it has another log, or where they are folded. */
export const readLogForPeers = (
  { storage, link, clock }: { storage: RoomStorage; link: RoomLink; clock: Clock },
  { epoch, after }: Asked,
  give: (batches: readonly Uint8Array[]) => void,
): void => {
  const look = (tries: number): void => {
    storage.load(({ cursor, batches }) => {
      const behind = batches.filter(({ batch }) => batch.first > after)
      const isOurs = cursor?.epoch === epoch && behind[0]?.batch.first === after + 1
      if (isOurs) return give(behind.map(({ bytes }) => bytes))
      const isOnItsWay = link.cursor.epoch === epoch && link.cursor.offset > after
      const hasAll = (cursor?.offset ?? 0) > after
      if (tries === 0 || !isOnItsWay || hasAll) return give([])
      clock.wake(clock.now() + AGAIN_MS, () => look(tries - 1))
    })
  }
  look(TRIES)
}
