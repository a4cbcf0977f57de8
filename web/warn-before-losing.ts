import type { PendingEntry, Room, Status } from '../kit/index.ts'

/** Whether closing the page loses something: it is in this page alone, and nothing is about to change that. */
export const isAtRisk = (
  {
    save,
    pendingCount,
    rejectedCount,
    isStorageWorking,
  }: Pick<Status, 'save' | 'pendingCount' | 'rejectedCount' | 'isStorageWorking'>,
  pending: () => readonly PendingEntry[],
): boolean => {
  // Which of them are on the device is not told: one may be refused and written while the disk takes nothing.
  if (rejectedCount > 0 && !isStorageWorking) return true
  if (pendingCount === 0) return false
  if (save === 'volatile') return true
  // The light says something else first; what is in this page alone is lost all the same.
  return save === 'deleted' && !isStorageWorking && pending().some(({ isOnDisk }) => !isOnDisk)
}

/** The one case in which the browser asks before it closes the page. */
export const warnBeforeLosing = (room: Room): void => {
  window.addEventListener('beforeunload', (event) => {
    if (isAtRisk(room.status.current, () => room.pending())) event.preventDefault()
  })
}
