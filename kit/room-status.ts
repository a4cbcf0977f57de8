import { closeReason } from '../protocol/index.ts'
import type { ClientSession, Millis, Outbox, RoomLink } from '../protocol/index.ts'
import type { ConnectionState, Counters, Status } from './api.ts'
import { HoldfastError } from './holdfast-error.ts'
import type { ErrorCode } from './holdfast-error.ts'
import type { StorageFailure } from './ports.ts'
import { saveState } from './save-status.ts'

export type StatusFacts = {
  /** Undefined until local state is back. */
  readonly session: ClientSession | undefined
  readonly link: RoomLink | undefined
  readonly isDurable: boolean
  readonly storageFailure: StorageFailure | undefined
  /** What the app wrote before local state was back. */
  readonly earlyCount: number
  readonly isUnsure: boolean
  readonly rejectedCount: number
  readonly quarantinedCount: number
  readonly peers: number
  readonly seenBy: number
  readonly isClosed: boolean
  readonly now: Millis
}

const NO_COUNTERS: Counters = {
  sent: 0,
  resent: 0,
  settled: 0,
  applied: 0,
  duplicatesDropped: 0,
  gapsHealed: 0,
  reconnects: 0,
  resets: 0,
  adopted: 0,
  rehomed: 0,
}

/** The status that follows from the machines: nothing of it is kept anywhere. */
export const statusOf = (facts: StatusFacts): Status => {
  const { session, link, now } = facts
  const connection = connectionState(facts)
  const outbox = link?.outbox
  const pending = outbox === undefined ? [] : pendingOf(outbox)
  const isBlocked = link?.trouble !== undefined
  const isLive = connection === 'live' || connection === 'catching-up'
  const { rejectedCount, isUnsure } = facts
  const save =
    outbox === undefined
      ? beforeLoading(facts)
      : saveState({ outbox, rejectedCount, isUnsure, isBlocked, isLive })
  return {
    connection,
    save,
    pendingCount: facts.earlyCount + pending.length,
    pendingBytes: pending.reduce((sum, { bytes }) => sum + bytes, 0),
    oldestPendingMs: pending.reduce((age, { since }) => Math.max(age, now - since), 0),
    rttMs: session?.rttMs,
    lastOffset: link?.cursor.offset ?? 0,
    headOffset: link?.head ?? 0,
    seenBy: facts.seenBy,
    peers: facts.peers,
    rejectedCount,
    quarantinedCount: facts.quarantinedCount,
    isStorageWorking: facts.isDurable && (outbox?.canReachDisk ?? true),
    problem: problemOf(facts),
    counters:
      link === undefined || session === undefined
        ? NO_COUNTERS
        : { ...link.counters, reconnects: session.reconnects },
  }
}

const beforeLoading = ({ earlyCount, isUnsure, rejectedCount }: StatusFacts): Status['save'] => {
  if (rejectedCount > 0) return 'rejected'
  return earlyCount > 0 || isUnsure ? 'saving' : 'saved'
}

const pendingOf = (outbox: Outbox): { readonly since: Millis; readonly bytes: number }[] => {
  const rows = [...outbox.rows()].filter(({ isAcked }) => !isAcked)
  return [
    ...rows.map(({ heldSince, row }) => ({ since: heldSince, bytes: row.bytes.length })),
    ...outbox.drafts().map(({ since, body }) => ({ since, bytes: body.length })),
  ]
}

const connectionState = ({ session, link, isClosed }: StatusFacts): ConnectionState => {
  if (isClosed) return 'closed'
  if (session === undefined || link === undefined) return 'connecting'
  if (link.phase.type === 'refused' || session.phase.type === 'refused') return 'refused'
  switch (session.phase.type) {
    case 'idle':
      return 'offline'
    case 'waiting':
      return 'waiting'
    case 'asking-token':
    case 'connecting':
    case 'greeting':
      return 'connecting'
    case 'live':
      if (link.phase.type === 'live') return 'live'
      return link.phase.type === 'apart' ? 'waiting' : 'catching-up'
  }
}

const PART_SENTENCES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  'bad-room-name': ['bad-room-name', 'The relay does not take this room name.'],
  forbidden: ['forbidden', 'You may not read this room.'],
  'too-many-rooms': ['refused', 'This page has more rooms open than the relay allows.'],
  'read-only': ['read-only', 'You may read this room but not write to it.'],
  'foreign-author': ['forbidden', 'Edits found on this device belong to another user.'],
  'bad-proof': ['refused', 'The relay does not believe that edits found on this device are ours.'],
  'too-many-producers': [
    'overloaded',
    'This page holds edits of more pages than the relay allows.',
  ],
  'cannot-store': ['cannot-store', 'The relay cannot store anything now.'],
  'cannot-load': ['cannot-load', 'The relay cannot load this room now.'],
  'room-fell-back': ['overloaded', 'The relay is loading this room anew.'],
  overloaded: ['overloaded', 'The relay has too much to do now.'],
}

const problemOf = (facts: StatusFacts): HoldfastError | undefined => {
  const trouble = facts.link?.trouble
  if (trouble !== undefined) {
    const [code, sentence] = PART_SENTENCES[trouble] ?? ['refused', 'The relay refused this room.']
    return new HoldfastError(code, sentence)
  }
  const phase = facts.session?.phase
  if (phase?.type === 'refused') {
    const name = closeReason(phase.code)
    const isKnown = name === 'unauthorized' || name === 'unsupported-version'
    return new HoldfastError(isKnown ? name : 'refused', phase.reason || 'The relay said no.')
  }
  const { lastEnd } = facts.session ?? {}
  if (lastEnd?.isOfToken === true) {
    return new HoldfastError('token-failed', `There is no token to connect with: ${lastEnd.reason}`)
  }
  const { storageFailure } = facts
  if (storageFailure === undefined) return undefined
  return new HoldfastError('storage-failed', `This browser cannot store: ${storageFailure.reason}`)
}

/** Whether two statuses say the same; ages and round trips alone are no news. */
export const isSameStatus = (one: Status, other: Status): boolean => {
  const plain = ({ problem, counters, oldestPendingMs: _age, ...rest }: Status): string =>
    JSON.stringify({ ...rest, ...counters, problem: problem?.message })
  return plain(one) === plain(other)
}
