import { closeReason, newCounters } from '../protocol/index.ts'
import type { ClientSession, Millis, Outbox, RoomLink } from '../protocol/index.ts'
import type { ConnectionState, Counters, Status } from './api.ts'
import { HoldfastError } from './holdfast-error.ts'
import type { ErrorCode } from './holdfast-error.ts'
import type { StorageFailure } from './ports.ts'
import type { RoomContent } from './room-content.ts'
import { saveState } from './save-status.ts'

/** Of what the page shows. */
export type ContentFacts = Pick<
  RoomContent,
  'isUnsure' | 'quarantined' | 'expired' | 'missingCount' | 'rewritten'
>

export type StatusFacts = {
  /** Undefined until local state is back. */
  readonly session: ClientSession | undefined
  readonly link: RoomLink | undefined
  readonly isDurable: boolean
  readonly storageFailure: StorageFailure | undefined
  /** What the app wrote before local state was back. */
  readonly earlyCount: number
  readonly content: ContentFacts
  readonly rejectedCount: number
  readonly peers: number
  readonly seenBy: number
  readonly heldByTabs: number
  readonly directPeers: number
  readonly heldByPeers: number
  readonly isClosed: boolean
  readonly now: Millis
  /** What was the problem so far: as long as it is the same one it stays the same object. */
  readonly problemBefore: HoldfastError | undefined
}

const {
  catchUps: _caught,
  receiptsTaken: _taken,
  receiptsIgnored: _ignored,
  ...NOTHING_COUNTED
} = newCounters()
const NO_COUNTERS: Counters = { ...NOTHING_COUNTED, reconnects: 0, rewritten: 0 }

/** The status that follows from the machines: nothing of it is kept anywhere. */
export const statusOf = (facts: StatusFacts): Status => {
  const { session, link, now } = facts
  const connection = connectionState(facts)
  const outbox = link?.outbox
  const isLive = connection === 'live' || connection === 'catching-up'
  const { rejectedCount, content } = facts
  const { isUnsure } = content
  const hasEarly = facts.earlyCount > 0
  const save =
    outbox === undefined
      ? beforeLoading(facts)
      : saveState({ outbox, trouble: link?.trouble, rejectedCount, isUnsure, isLive, hasEarly })
  return {
    connection,
    save,
    pendingCount: facts.earlyCount + (outbox?.unsettledCount ?? 0),
    pendingBytes: outbox?.unsettled.bytes ?? 0,
    oldestPendingMs: Math.max(0, now - (outbox?.unsettled.oldest ?? now)),
    rttMs: session?.rttMs,
    lastOffset: link?.cursor.offset ?? 0,
    headOffset: link?.head ?? 0,
    seenBy: facts.seenBy,
    peers: facts.peers,
    heldByTabs: facts.heldByTabs,
    directPeers: facts.directPeers,
    heldByPeers: facts.heldByPeers,
    rejectedCount,
    quarantinedCount: content.quarantined.length,
    isStorageWorking: facts.isDurable && (outbox?.canReachDisk ?? true),
    problem: problemOf(facts),
    restored: link?.restored,
    missingEvents: content.missingCount,
    expiredEvents: content.expired.count,
    counters: countersOf(facts),
  }
}

const countersOf = ({ session, link, content }: StatusFacts): Counters => {
  if (link === undefined || session === undefined) return NO_COUNTERS
  const { counters } = link
  return {
    sent: counters.sent,
    resent: counters.resent,
    settled: counters.settled,
    applied: counters.applied,
    duplicatesDropped: counters.duplicatesDropped,
    gapsHealed: counters.gapsHealed,
    reconnects: session.reconnects,
    resets: counters.resets,
    rewritten: content.rewritten,
    adopted: counters.adopted,
    rehomed: counters.rehomed,
  }
}

const beforeLoading = ({ earlyCount, content, rejectedCount }: StatusFacts): Status['save'] => {
  if (rejectedCount > 0) return 'rejected'
  return earlyCount > 0 || content.isUnsure ? 'saving' : 'saved'
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

/** S17: what becomes of the edits is told only where there are some, and where they are only as far as it is so now. */
const deletedSentence = (outbox: Outbox): string => {
  const deleted = 'An operator deleted this room.'
  if (outbox.unsettledCount === 0) return deleted
  const unsent = `${deleted} What you wrote and was not sent will not be sent; you can export it.`
  const offDisk = outbox.offDiskCount + outbox.drafts().length
  if (offDisk === 0) return `${unsent} It is kept on this device.`
  if (outbox.canReachDisk) return `${unsent} It is on its way to this device’s disk.`
  const it = offDisk < outbox.unsettledCount ? 'Some of it' : 'It'
  return `${unsent} ${it} is only in this page: export it before you close it.`
}

const problemOf = (facts: StatusFacts): HoldfastError | undefined => {
  const [code, sentence] = whatIsWrong(facts) ?? []
  if (code === undefined || sentence === undefined) return undefined
  const { problemBefore } = facts
  const isSame = problemBefore?.code === code && problemBefore.message === sentence
  return isSame ? problemBefore : new HoldfastError(code, sentence)
}

const whatIsWrong = (facts: StatusFacts): readonly [ErrorCode, string] | undefined => {
  const { link } = facts
  const trouble = link?.trouble
  if (link !== undefined && trouble === 'room-deleted') {
    return [trouble, deletedSentence(link.outbox)]
  }
  if (trouble !== undefined) {
    return PART_SENTENCES[trouble] ?? ['refused', 'The relay refused this room.']
  }
  const phase = facts.session?.phase
  if (phase?.type === 'refused') {
    const name = closeReason(phase.code)
    const isKnown = name === 'unauthorized' || name === 'unsupported-version'
    return [isKnown ? name : 'refused', phase.reason || 'The relay said no.']
  }
  const { lastEnd } = facts.session ?? {}
  if (lastEnd?.isOfToken === true) {
    return ['token-failed', `There is no token to connect with: ${lastEnd.reason}`]
  }
  const { storageFailure } = facts
  if (storageFailure === undefined) return undefined
  return ['storage-failed', `This browser cannot store: ${storageFailure.reason}`]
}

/*
 * Made and compared field by field, for that is done after every input: with loops over the names it was the dearest thing in a
 * profile of the kit. A test holds that no field is left out.
 */

/** Whether two statuses say the same; that time goes by is no news. */
export const isSameStatus = (one: Status, other: Status): boolean =>
  one.connection === other.connection &&
  one.save === other.save &&
  one.pendingCount === other.pendingCount &&
  one.pendingBytes === other.pendingBytes &&
  one.rttMs === other.rttMs &&
  one.lastOffset === other.lastOffset &&
  one.headOffset === other.headOffset &&
  one.seenBy === other.seenBy &&
  one.peers === other.peers &&
  one.heldByTabs === other.heldByTabs &&
  one.directPeers === other.directPeers &&
  one.heldByPeers === other.heldByPeers &&
  one.rejectedCount === other.rejectedCount &&
  one.restored === other.restored &&
  one.missingEvents === other.missingEvents &&
  one.expiredEvents === other.expiredEvents &&
  one.quarantinedCount === other.quarantinedCount &&
  one.isStorageWorking === other.isStorageWorking &&
  one.problem === other.problem &&
  isSameCount(one.counters, other.counters)

const isSameCount = (one: Counters, other: Counters): boolean =>
  one.sent === other.sent &&
  one.resent === other.resent &&
  one.settled === other.settled &&
  one.applied === other.applied &&
  one.duplicatesDropped === other.duplicatesDropped &&
  one.gapsHealed === other.gapsHealed &&
  one.reconnects === other.reconnects &&
  one.resets === other.resets &&
  one.rewritten === other.rewritten &&
  one.adopted === other.adopted &&
  one.rehomed === other.rehomed
