import type { ConnectionState, SaveState } from '../../kit/index.ts'
import { ageWords, edits, momentWords } from './amounts.ts'

export type SafetyFacts = {
  readonly save: SaveState
  readonly connection: ConnectionState
  readonly pendingCount: number
  readonly oldestPendingMs: number
  /** Of those that wait, how many are not on this device's disk. */
  readonly offDiskCount: number
  readonly rejectedCount: number
  readonly quarantinedCount: number
  /** Whether this browser keeps anything at all. */
  readonly isStorageWorking: boolean
  /** Why the relay refuses, in a sentence. */
  readonly problem: string | undefined
  /** Since when the save state is what it is. */
  readonly sinceMs: number
  readonly nowMs: number
}

/** What is safe, where and since when; and what happens next. Each is a sentence or two for somebody who only writes. */
export type SafetySentence = { readonly safe: string; readonly next: string }

/** Pure. Says nothing that the save state does not guarantee. */
export const safetySentence = (facts: SafetyFacts): SafetySentence => {
  const { safe, next } = WORDS[facts.save](facts)
  return { safe, next: [next, ...unreadable(facts)].join(' ') }
}

type Write = (facts: SafetyFacts) => SafetySentence

const saved: Write = (facts) => ({
  safe: `Everything you see is on the relay’s disk, since ${momentWords(facts.sinceMs, facts.nowMs)}.`,
  next: afterSaved(facts),
})

const keeping = ({ isStorageWorking }: SafetyFacts): string =>
  isStorageWorking
    ? 'What you write is kept on this device'
    : 'This browser keeps nothing: what you write is in this page only'

const afterSaved = (facts: SafetyFacts): string => {
  const kept = keeping(facts)
  switch (facts.connection) {
    case 'live':
      return facts.isStorageWorking
        ? 'What you write next is kept on this device first, and then sent.'
        : `${kept} until the relay has it.`
    case 'catching-up':
      return 'Others may have written more: this page is reading it now.'
    case 'connecting':
    case 'waiting':
      return `There is no connection now, and this page tries by itself. ${kept} until there is one.`
    case 'offline':
      return `This device is offline. ${kept} until there is a network.`
    case 'refused':
      return `${reason(facts)} ${kept}, and is not sent.`
    case 'closed':
      return 'This page has left the room.'
  }
}

const cannotRead: Write = (facts) => ({
  safe: 'All that you see was on the relay’s disk when the relay could last read this room. It cannot now.',
  next:
    facts.connection === 'closed'
      ? 'This page has left the room.'
      : `This page asks again by itself. ${keeping(facts)} until the relay can read it.`,
})

const deleted: Write = (facts) => {
  const copy = 'This room was deleted: what you see is only this page’s copy.'
  if (facts.pendingCount === 0) {
    return { safe: copy, next: 'Nothing that you write here is sent any more.' }
  }
  const [it, its] = pronouns(facts)
  const safe = `${copy} ${edits(facts.pendingCount)} ${facts.pendingCount === 1 ? 'was' : 'were'} not sent.`
  if (facts.offDiskCount === 0 && facts.isStorageWorking) {
    return { safe, next: `${its} kept on this device and not sent any more: you can export ${it}.` }
  }
  return {
    safe,
    next: `Not all of that is on this device’s disk: export ${it} before you close this page.`,
  }
}

const onDevice: Write = (facts) => {
  if (facts.pendingCount === 0) return unsure(facts)
  const [, them] = pronouns(facts)
  const safe = `${waiting(facts, 'only on this device')}${oldest(facts)}.`
  switch (facts.connection) {
    case 'live':
    case 'catching-up':
      return { safe, next: `${them} being sent now.` }
    case 'connecting':
      return { safe, next: `${them} sent as soon as the connection stands.` }
    case 'waiting':
    case 'offline':
      return {
        safe,
        next: `${them} sent when there is a connection again: this page tries by itself, and if you close it, the next one here does.`,
      }
    case 'refused':
      return { safe, next: `${reason(facts)} ${them} kept here until that has changed.` }
    case 'closed':
      return { safe, next: `${them} sent when this app next runs here.` }
  }
}

const saving: Write = (facts) => {
  if (facts.pendingCount === 0) return facts.rejectedCount > 0 ? listing : unsure(facts)
  const isGoingOut = facts.connection === 'live' || facts.connection === 'catching-up'
  if (!isGoingOut && facts.offDiskCount === 0) return onDevice(facts)
  const where = isGoingOut ? 'on the way to the relay’s disk' : 'on the way to this device’s disk'
  const safe = `${waiting(facts, where)}${oldest(facts)}.`
  const [it, its] = pronouns(facts)
  if (facts.offDiskCount === 0) {
    return { safe, next: `${its} on this device already: no crash takes ${it} away.` }
  }
  const some = facts.offDiskCount === 1 ? '1 of them is' : `${facts.offDiskCount} of them are`
  const what = facts.offDiskCount < facts.pendingCount ? some : its
  return { safe, next: `${what} not on this device’s disk yet: keep this page open for a moment.` }
}

const listing: SafetySentence = {
  safe: 'What the relay refused is on the way to its list on this device’s disk.',
  next: 'Keep this page open for a moment.',
}

/** The relay's log began anew, and what this page shows has not been compared with it yet. */
const unsure: Write = ({ connection }) => ({
  safe: 'It is not known yet whether everything you see is on the relay’s disk.',
  next:
    connection === 'live' || connection === 'catching-up'
      ? 'This page compares what it shows with what the relay has. Keep it open for a moment.'
      : 'This page compares what it shows with what the relay has, as soon as there is a connection.',
})

const notKept: Write = (facts) => {
  if (facts.pendingCount === 0) return unsure(facts)
  const [it, its] = pronouns(facts)
  const isPart = facts.offDiskCount > 0 && facts.offDiskCount < facts.pendingCount
  const safe = isPart
    ? `${edits(facts.pendingCount)} wait, and this browser cannot keep ${facts.offDiskCount} of them${oldest(facts)}.`
    : `${waiting(facts, 'in this page only')}${oldest(facts)}: this browser cannot keep ${it}.`
  switch (facts.connection) {
    case 'live':
    case 'catching-up':
      return { safe, next: `${its} being sent. Keep this page open until that is done.` }
    case 'connecting':
    case 'waiting':
    case 'offline': {
      const before = it === 'it' ? 'it is' : 'they are'
      return {
        safe,
        next: `${its} lost if this page closes before ${before} sent. Keep it open.`,
      }
    }
    case 'refused':
    case 'closed': {
      const why = facts.connection === 'refused' ? reason(facts) : 'This page has left the room.'
      return { safe, next: `${why} ${its} lost when this page closes: export ${it} first.` }
    }
  }
}

const blocked: Write = (facts) => {
  if (facts.pendingCount === 0) return facts.rejectedCount > 0 ? listing : unsure(facts)
  const isHere = facts.offDiskCount === 0 && facts.isStorageWorking
  const [it, its] = pronouns(facts)
  const where = isHere ? 'only on this device' : 'in this page only'
  const safe = `${waiting(facts, where)}${oldest(facts)}: the relay does not take ${it} now.`
  const isFinal = facts.connection === 'refused' || facts.connection === 'closed'
  const next = isFinal
    ? `${its} kept until that has changed.`
    : `${its} offered again by ${it === 'it' ? 'itself' : 'themselves'}.`
  return { safe, next: `${reason(facts)} ${next}${isHere ? '' : ' Keep this page open.'}` }
}

const rejected: Write = (facts) => {
  const isOne = facts.rejectedCount === 1
  const kept = `${isOne ? 'It is' : 'They are'} kept in a list that you can export.`
  const notKept = `This browser keeps nothing now: export ${isOne ? 'it' : 'them'} before you close this page.`
  return {
    safe: `The relay refused ${edits(facts.rejectedCount)} for good. ${facts.isStorageWorking ? kept : notKept}`,
    next:
      facts.pendingCount === 0
        ? 'Nothing else waits to be sent.'
        : `${waiting(facts, 'not on the relay’s disk yet')}${oldest(facts)}.`,
  }
}

const WORDS: Readonly<Record<SaveState, Write>> = {
  saved,
  unreadable: cannotRead,
  saving,
  'on-device': onDevice,
  volatile: notKept,
  blocked,
  rejected,
  deleted,
}

const pronouns = ({ pendingCount }: SafetyFacts): readonly [it: string, itIs: string] =>
  pendingCount === 1 ? ['it', 'It is'] : ['them', 'They are']

const waiting = ({ pendingCount }: SafetyFacts, where: string): string =>
  `${edits(pendingCount)} ${pendingCount === 1 ? 'is' : 'are'} ${where}`

const oldest = ({ pendingCount, oldestPendingMs }: SafetyFacts): string =>
  pendingCount === 1
    ? `, for ${ageWords(oldestPendingMs)}`
    : `, the oldest for ${ageWords(oldestPendingMs)}`

const reason = ({ problem }: SafetyFacts): string => problem ?? 'The relay refused.'

const unreadable = ({ quarantinedCount }: SafetyFacts): readonly string[] => {
  if (quarantinedCount === 0) return []
  return [
    quarantinedCount === 1
      ? 'One record from the relay could not be shown here; it is kept in a list that you can export.'
      : `${quarantinedCount} records from the relay could not be shown here; they are kept in a list that you can export.`,
  ]
}
