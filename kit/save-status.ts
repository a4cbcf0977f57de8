import type { Outbox } from '../protocol/index.ts'
import type { SaveState } from './api.ts'

/** The one sentence that each state tells the user. It promises what the state guarantees and nothing more. */
export const SAVE_SENTENCES: Readonly<Record<SaveState, string>> = {
  saved: 'Saved. Everything you see here is on the relay’s disk.',
  saving: 'Saving. Keep this page open for a moment.',
  'on-device': 'On this device. It will be sent when this app next runs here.',
  volatile: 'Not protected. It is only in this page: keep it open until it is saved.',
  blocked: 'The relay does not take your edits now. They wait here until it does.',
  rejected: 'The relay refused some of your edits. They are in a list that you can export.',
}

export type SaveFacts = {
  readonly outbox: Outbox
  readonly rejectedCount: number
  /** The relay cannot store, or we may not write. */
  readonly isBlocked: boolean
  /** The page shows content of which it is not known yet whether any log has it. */
  readonly isUnsure: boolean
  /** What the app wrote before local state was back is not in the outbox yet. */
  readonly hasEarly: boolean
  /** Whether what is unsettled can be on its way right now. */
  readonly isLive: boolean
}

/** O9: rejected > blocked > volatile > saving > on-device > saved. Derived from the outbox, kept nowhere. */
export const saveState = (facts: SaveFacts): SaveState => {
  const { outbox, rejectedCount, isUnsure, isBlocked, isLive, hasEarly } = facts
  if (rejectedCount > 0) return 'rejected'
  if (outbox.unsettledCount === 0 && !isUnsure && !hasEarly) return 'saved'
  if (isBlocked) return 'blocked'
  const isOffDisk = outbox.offDiskCount > 0 || outbox.drafts().length > 0 || hasEarly
  if ((isOffDisk || isUnsure) && !outbox.canReachDisk) return 'volatile'
  return isLive || isOffDisk ? 'saving' : 'on-device'
}
