import type { DenyCode, Outbox, PartCode } from '../protocol/index.ts'
import type { SaveState, Status } from './api.ts'

/** The one sentence that each state tells the user. It promises what the state guarantees and nothing more. */
export const SAVE_SENTENCES: Readonly<Record<SaveState, string>> = {
  saved: 'Saved. Everything you see here is on the relay’s disk.',
  unreadable:
    'The relay cannot read this room now. All that you see was on its disk when it last could.',
  saving: 'Saving. Keep this page open for a moment.',
  'on-device': 'On this device. It will be sent when this app next runs here.',
  volatile: 'Not protected. It is only in this page: keep it open until it is saved.',
  blocked: 'The relay does not take your edits now. They wait here until it does.',
  rejected: 'The relay refused some of your edits. They are in a list that you can export.',
  deleted: 'This room was deleted. What you see is only this page’s copy.',
}

/** What others hold may be gone with them: that is said, and that it is not saved. */
const HELD_SENTENCES: Partial<Readonly<Record<SaveState, (others: string) => string>>> = {
  'on-device': (others) =>
    `On this device and ${others}, not saved. It will be sent when this app next runs here.`,
  volatile: (others) =>
    `Not protected. It is only in this page and ${others}: keep one of them open until it is saved.`,
}

const counted = (count: number, one: string, more: string): string =>
  count === 1 ? `1 other ${one}` : `${count} other ${more}`

/**
 * The sentence for the user: that of {@link SAVE_SENTENCES}, and where the edit waits and other tabs of this browser or other browsers hold it, how many.
 *
 * @example
 * room.status.subscribe((status) => { light.textContent = saveSentence(status) })
 */
export const saveSentence = ({
  save,
  heldByTabs,
  heldByPeers = 0,
}: Pick<Status, 'save' | 'heldByTabs'> & Partial<Pick<Status, 'heldByPeers'>>): string => {
  const sentence = HELD_SENTENCES[save]
  if (sentence === undefined || heldByTabs + heldByPeers === 0) return SAVE_SENTENCES[save]
  const others: string[] = []
  if (heldByTabs > 0) others.push(`in ${counted(heldByTabs, 'tab', 'tabs')}`)
  if (heldByPeers > 0) others.push(`with ${counted(heldByPeers, 'browser', 'browsers')}`)
  return sentence(others.join(' and '))
}

export type SaveFacts = {
  readonly outbox: Outbox
  readonly rejectedCount: number
  /** Why the relay does not take what is unsettled, if it does not. */
  readonly trouble: PartCode | DenyCode | undefined
  /** The page shows content of which it is not known yet whether any log has it. */
  readonly isUnsure: boolean
  /** What the app wrote before local state was back is not in the outbox yet. */
  readonly hasEarly: boolean
  /** Whether what is unsettled can be on its way right now. */
  readonly isLive: boolean
}

/**
 * O9: deleted > rejected > blocked > volatile > saving > on-device > unreadable > saved. Derived from the outbox and from what the
 * relay said last, kept nowhere. What was refused is in a list once it is there on this device's disk as well (O10).
 */
export const saveState = (facts: SaveFacts): SaveState => {
  const { outbox, rejectedCount, isUnsure, trouble, isLive, hasEarly } = facts
  if (trouble === 'room-deleted') return 'deleted'
  const isKeeping = outbox.isKeepingRefused
  if (rejectedCount > 0 && !isKeeping) return 'rejected'
  const isSettled = outbox.unsettledCount === 0 && !isUnsure && !hasEarly && !isKeeping
  if (isSettled) return trouble === 'cannot-load' ? 'unreadable' : 'saved'
  if (trouble !== undefined) return 'blocked'
  const isOffDisk = outbox.offDiskCount > 0 || outbox.drafts().length > 0 || hasEarly
  if ((isOffDisk || isUnsure) && !outbox.canReachDisk) return 'volatile'
  return isLive || isOffDisk || isKeeping ? 'saving' : 'on-device'
}
