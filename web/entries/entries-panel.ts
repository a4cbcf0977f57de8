import type { PendingEntry, QuarantinedRecord, RejectedEntry, Room } from '../../kit/index.ts'
import { element } from '../element.ts'
import { download } from './download.ts'
import { ageWords, entryWords, exportedList, sizeWords, waitingSentence } from './entry-lists.ts'
import type { EntryLists, ListName } from './entry-lists.ts'
import { readableDocument } from './readable-document.ts'
import { createEntrySection } from './entry-section.ts'
import type { EntryLine } from './entry-section.ts'

/** Ages are live: they are shown anew so often, while the list is open. */
const SHOW_EVERY_MS = 1000

const REFUSED =
  'The relay will never take these. They are kept on this device with their bytes: export them, and copy what you need back into the document.'
const UNREADABLE =
  'These are in the room’s log and this page could not apply them. Nothing of them is thrown away: export them for whoever looks after the app.'

/** What waits, what was refused and what could not be read, each to be taken away as a file. */
export const createEntriesPanel = (room: Room): HTMLElement => {
  const lists = (): EntryLists => ({
    room: room.name,
    pending: room.pending(),
    rejected: room.rejected(),
    quarantined: room.quarantined(),
  })
  const exportAll = (name: ListName) => (): void => {
    // What is unreadable is in the log and not in the document.
    const doc = name === 'quarantined' ? undefined : room.doc
    const document = doc && readableDocument(doc)
    download(`${room.name}-${name}.json`, exportedList(lists(), name, new Date(), document))
  }
  const waiting = createEntrySection({
    title: 'Not sent',
    empty: 'Nothing waits to be sent. To see something wait, open Faults, go offline and write.',
    exportAll: exportAll('pending'),
  })
  const rejected = createEntrySection({
    title: 'Refused',
    empty: 'The relay refused nothing.',
    exportAll: exportAll('rejected'),
  })
  const quarantined = createEntrySection({
    title: 'Unreadable',
    empty: 'This page could read everything in the room.',
    exportAll: exportAll('quarantined'),
  })
  const sections = [waiting, rejected, quarantined]
  const panel = element('div', { class: 'entries-panel' }, [
    ...sections.map((section) => section.element),
  ])
  const show = (): void => {
    // A drawer that is shut shows nothing: what changed meanwhile is there at the next turn after it opens.
    if (panel.checkVisibility()) {
      const now = lists()
      waiting.show(now.pending.map(pendingLine), waitingSentence(now.pending))
      rejected.show(now.rejected.map(rejectedLine), REFUSED)
      quarantined.show(now.quarantined.map(quarantinedLine), UNREADABLE)
    }
  }
  room.status.subscribe(show)
  setInterval(show, SHOW_EVERY_MS)
  // Once it is in the page.
  requestAnimationFrame(show)
  return panel
}

const pendingLine = (entry: PendingEntry): EntryLine => ({
  what: entryWords(entry),
  facts: [ageWords(entry.ageMs), sizeWords(entry.bytes.length)],
  place: {
    words: entry.isOnDisk ? 'on this device' : 'in this page only',
    isSafe: entry.isOnDisk,
  },
})

const rejectedLine = ({ author, seq, code, bytes }: RejectedEntry): EntryLine => ({
  what: `Refused: ${code}`,
  facts: [`${author.slice(0, 8)} ${seq}`, sizeWords(bytes.length)],
})

const quarantinedLine = ({ offset, reason, bytes }: QuarantinedRecord): EntryLine => ({
  what: `Unreadable: ${reason}`,
  facts: [`record ${offset}`, sizeWords(bytes.length)],
})
