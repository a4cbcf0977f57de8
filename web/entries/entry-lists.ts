import type { PendingEntry, QuarantinedRecord, RejectedEntry } from '../../kit/index.ts'
import type { ReadableDocument } from './readable-document.ts'

/** The three kinds of entries that need a word: those that wait, those that were refused, those that could not be read. */
export type EntryLists = {
  readonly room: string
  readonly pending: readonly PendingEntry[]
  readonly rejected: readonly RejectedEntry[]
  readonly quarantined: readonly QuarantinedRecord[]
}

export type ListName = Exclude<keyof EntryLists, 'room'>

/**
 * One list as a file: bytes as hex digits, so that a person and any tool can read them. An update is a keystroke or so, and means nothing alone: with `document`
 * what all of them came to is there too.
 */
export const exportedList = (
  lists: EntryLists,
  name: ListName,
  at: Date,
  document?: ReadableDocument,
): string => {
  const entries = lists[name].map((entry) => ({ ...entry, bytes: hexOf(entry.bytes) }))
  const whole = document === undefined ? {} : { document }
  const file = { room: lists.room, exportedAt: at.toISOString(), ...whole, [name]: entries }
  return `${JSON.stringify(file, null, 2)}\n`
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const KIND_WORDS = { update: 'Change of the document', event: 'Event' } as const

/** What an app's event is called here: the page's own by what they do, others by their name. */
const EVENT_WORDS: ReadonlyMap<string, string> = new Map([
  ['board.add', 'A new shape on the board'],
  ['board.move', 'A move on the board'],
  ['board.remove', 'A deletion on the board'],
  ['board.undo', 'An undo on the board'],
  ['board.redo', 'A redo on the board'],
  ['name', 'A new name'],
])

export const entryWords = ({ kind, name }: Pick<PendingEntry, 'kind' | 'name'>): string =>
  kind === 'update' ? KIND_WORDS.update : (EVENT_WORDS.get(name ?? '') ?? `Event “${name}”`)

export const ageWords = (ageMs: number): string => {
  const seconds = Math.floor(ageMs / 1000)
  if (seconds < 1) return 'just now'
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}

export const sizeWords = (bytes: number): string => {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  const kibibytes = bytes / 1024
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`
}

/** All of a list in one line. */
export const waitingSentence = (pending: readonly PendingEntry[]): string => {
  if (pending.length === 0) return ''
  const onDisk = pending.filter(({ isOnDisk }) => isOnDisk).length
  const each = pending.length === 1 ? '1 edit waits' : `${pending.length} edits wait`
  if (onDisk === pending.length) {
    return `${each}, on this device’s disk: closing the page does not lose ${pending.length === 1 ? 'it' : 'them'}.`
  }
  if (onDisk === 0) return `${each}, in this page alone: keep it open.`
  return `${each}, ${onDisk} of them on this device’s disk. Keep the page open until all are.`
}
