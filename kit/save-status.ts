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

/** What only tabs of this browser hold is gone with the browser: that is said, and that it is not saved. */
const HELD_SENTENCES: Partial<Readonly<Record<SaveState, (tabs: string) => string>>> = {
  'on-device': (tabs) =>
    `On this device and in ${tabs}, not saved. It will be sent when this app next runs here.`,
  volatile: (tabs) =>
    `Not protected. It is only in this page and in ${tabs}: keep one of them open until it is saved.`,
}

/**
 * The sentence for the user: that of {@link SAVE_SENTENCES}, and where the edit waits and other tabs of this browser hold it, in how many.
 *
 * @example
 * room.status.subscribe((status) => { light.textContent = saveSentence(status) })
 */
export const saveSentence = ({ save, heldByTabs }: Pick<Status, 'save' | 'heldByTabs'>): string => {
  const sentence = heldByTabs > 0 ? HELD_SENTENCES[save] : undefined
  if (sentence === undefined) return SAVE_SENTENCES[save]
  return sentence(heldByTabs === 1 ? '1 other tab' : `${heldByTabs} other tabs`)
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
 * relay said last, kept nowhere.
 */
export const saveState = (facts: SaveFacts): SaveState => {
  const { outbox, rejectedCount, isUnsure, trouble, isLive, hasEarly } = facts
  if (trouble === 'room-deleted') return 'deleted'
  if (rejectedCount > 0) return 'rejected'
  const isSettled = outbox.unsettledCount === 0 && !isUnsure && !hasEarly
  if (isSettled) return trouble === 'cannot-load' ? 'unreadable' : 'saved'
  if (trouble !== undefined) return 'blocked'
  const isOffDisk = outbox.offDiskCount > 0 || outbox.drafts().length > 0 || hasEarly
  if ((isOffDisk || isUnsure) && !outbox.canReachDisk) return 'volatile'
  return isLive || isOffDisk ? 'saving' : 'on-device'
}
