import { bytesWords, countWords, durationWords } from './amounts.ts'
import {
  CONNECTION_WORDS,
  FAULT_WORDS,
  STATE_SENTENCES,
  causeSentence,
  frameWords,
} from './explanations.ts'
import type { TimelineRow } from './timeline.ts'

/** What a row says: a word for what happened, and what there is to say of it. */
export type RowWords = { readonly what: string; readonly detail: string }

export const rowWords = (row: TimelineRow): RowWords => {
  const { newest, amount, times } = row
  switch (newest.type) {
    case 'frame': {
      const arrow = newest.direction === 'up' ? '↑' : '↓'
      const size = `${countWords(times)} × · ${bytesWords(amount)}`
      return { what: `${arrow} ${newest.kind}`, detail: `${size} · ${frameWords(newest.kind)}` }
    }
    case 'session':
      return {
        what: CONNECTION_WORDS[newest.state],
        detail:
          newest.cause === undefined
            ? STATE_SENTENCES[newest.state]
            : `${newest.cause}: ${causeSentence(newest.cause)}`,
      }
    case 'link':
      return {
        what: `room ${newest.state.replace('-', ' ')}`,
        detail: 'this room on the connection',
      }
    case 'written':
      return {
        what: 'written',
        detail: `${many(times, newest.kind === 'update' ? 'change' : 'event')} · ${bytesWords(amount)}`,
      }
    case 'stored':
      return { what: 'stored', detail: `${many(amount, 'edit')} on this device’s disk` }
    case 'storeFailed':
      return { what: 'not stored', detail: newest.reason }
    case 'settled':
      return {
        what: 'acked',
        detail: `${many(times, 'edit')}${newest.way === 'tab' ? ' · by another tab' : ''}${lastOffset(row)}${ackSpan(row)}`,
      }
    case 'receipted':
      return {
        what: 'receipt',
        detail: `${many(amount, 'edit')} · brought by ${newest.user ?? 'another browser'}`,
      }
    case 'carried':
      return { what: 'carried', detail: `${many(amount, 'edit')} of ${newest.user}, for the relay` }
    case 'brought':
      return { what: 'brought', detail: `${many(amount, 'edit')} of ${newest.user} are in the log` }
    case 'applied':
      return { what: 'shown', detail: `${many(amount, 'record')} · ${offsets(row)}` }
    case 'refused':
      return { what: 'refused', detail: `${newest.code}: the relay will never take this edit` }
    case 'quarantined':
      return { what: 'set aside', detail: `record ${newest.offset}: ${newest.reason}` }
    case 'reset':
      return { what: 'reset', detail: 'the relay’s log is another one; it is read from its start' }
    case 'rehomed':
      return { what: 're-homed', detail: `${many(amount, 'edit')} got a new number` }
    case 'adopted':
      return { what: 'adopted', detail: `${many(amount, 'edit')} of a page that is gone` }
    case 'fault':
      return { what: newest.kind, detail: `${FAULT_WORDS[newest.kind]}: ${countWords(amount)}` }
  }
}

const many = (count: number, noun: string): string =>
  count === 1 ? `1 ${noun}` : `${countWords(count)} ${noun}s`

const ackSpan = ({ low, high }: TimelineRow): string => {
  if (Number.isNaN(low)) return ''
  const span = low === high ? durationWords(low) : `${durationWords(low)} to ${durationWords(high)}`
  return ` · ${span}`
}

const lastOffset = ({ newest }: TimelineRow): string =>
  newest.type === 'settled' && newest.offset !== undefined ? ` · up to ${newest.offset}` : ''

const offsets = ({ low, high }: TimelineRow): string =>
  low === high ? `${low}` : `${low} to ${high}`

/** Whether a row has all words that are looked for, in any order and in small or large letters. */
export const hasWords = ({ what, detail }: RowWords, search: string): boolean => {
  const text = `${what} ${detail}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
