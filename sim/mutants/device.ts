// The page itself: what it shows, what its device keeps, what it does with entries of pages that are gone.

import { documents, edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const OPEN_ROOM = 'kit/open-room.ts'
const KEPT_LOG = 'kit/kept-log.ts'
const LOG_READER = 'protocol/log-reader.ts'
const ROOM_STORAGE = 'kit/room-storage.ts'
const SAVE = 'kit/save-status.ts'

export const DEVICE_MUTANTS: readonly Mutant[] = [
  fast(
    'saved-while-rows-wait',
    'O9',
    'a live page says saved as soon as everything is on the device',
    edit(
      SAVE,
      "  if (isSettled) return trouble === 'cannot-load' ? 'unreadable' : 'saved'\n",
      `  if (isSettled) return trouble === 'cannot-load' ? 'unreadable' : 'saved'
  if (isLive && outbox.offDiskCount === 0 && trouble === undefined && !isUnsure) return 'saved'
`,
    ),
  ),
  fast(
    'on-device-too-early',
    'O9',
    'on-device is said while rows are still on their way to the disk',
    edit(
      SAVE,
      'const isOffDisk = outbox.offDiskCount > 0 || outbox.drafts().length > 0 || hasEarly',
      'const isOffDisk = outbox.drafts().length > 0 || hasEarly',
    ),
  ),
  fast(
    'aborted-counts-as-stored',
    'O8',
    'a transaction that the browser took back counts as made',
    edit(ROOM_STORAGE, '      done(result.ok)\n', '      done(true)\n'),
  ),
  fast(
    'outbox-forgotten-on-reload',
    'O5',
    'rows found on disk are not taken up',
    edit(KEPT_LOG, ' === row.hash) rows.push(row)\n', ' === row.hash) continue\n'),
  ),
  fast(
    'carried-sorted-by-key',
    'O5',
    'rows found on disk are sent in the order of their keys',
    edit(
      'kit/adapters/kept-room.ts',
      '=> a.order - b.order || byAuthorAndSeq(a, b)\n',
      '=> byAuthorAndSeq(a, b)\n',
    ),
  ),
  documents(
    'rows-not-shown-at-opening',
    'O5',
    'what waits on the device is not shown after a reload',
    edit(
      'kit/room-content.ts',
      '    this.applyBatches(batches)\n    this.showRows(rows)\n',
      '    this.applyBatches(batches)\n',
    ),
  ),
  fast(
    'cursor-apart-from-log',
    'O4',
    "a fold's place is that of the newest batch, and its content ends before",
    edit(
      ROOM_STORAGE,
      '    for (const { batch } of folded) {\n',
      '    for (const { batch } of folded.slice(0, -1)) {\n',
    ),
  ),
  fast(
    'holes-on-disk-read-over',
    'C4',
    'batches of a failed transaction are not put again, and reading them back does not notice',
    edit(
      'protocol/local-change.ts',
      '    this.#batches = [...parts.putBatches, ...this.#batches]\n',
      '',
    ),
    edit(
      KEPT_LOG,
      '  const reader = readerBehind(room, base, kept.batches[0]?.epoch)\n',
      '  const reader = readerBehind(room, base, kept.batches[0]?.epoch)\n  reader.isLenient = true\n',
    ),
    edit(LOG_READER, '  #cursor: Cursor\n', '  isLenient = false\n  #cursor: Cursor\n'),
    edit(
      LOG_READER,
      '      if (batch.first > this.#cursor.offset + 1) return',
      '      if (batch.first > this.#cursor.offset + 1 && !this.isLenient) return',
    ),
    edit(
      LOG_READER,
      '    const { offset, chain } = this.#cursor\n',
      '    const { offset, chain } = this.#cursor\n    if (this.isLenient) return true\n',
    ),
  ),
  fast(
    'origin-ignored',
    'E6',
    'an event under a new key is taken for another one',
    edit(
      'kit/kept-event.ts',
      'const { author, seq } = record.entry.origin ?? record',
      'const { author, seq } = record',
    ),
  ),
  fast(
    'adoption-never-looks',
    'P2',
    'a page does not take up what its neighbours left',
    edit(
      'kit/adoption.ts',
      '      if (this.#isOver) return\n      this.#isWholeDiskRead ||= isWhole\n',
      '      return\n',
    ),
  ),
  fast(
    'orphans-never-drained',
    'O12',
    'rows of rooms that nobody has open stay',
    edit(
      'kit/orphan-drain.ts',
      '    if (this.#isLooking || this.#isStopped) return\n',
      '    return\n',
    ),
  ),
  fast(
    'early-writes-lost',
    'O15',
    'what is written before local state is back is forgotten',
    edit(
      OPEN_ROOM,
      '      for (const input of this.#early.take()) this.#tell(input)\n',
      '      this.#early.take()\n',
    ),
  ),
  fast(
    'close-does-not-wait',
    'O2',
    'a room is closed before what was written is on the disk',
    edit(
      OPEN_ROOM,
      '    do await this.#flushes.onDisk()\n    while (!this.#flushes.isOnDisk)\n',
      '',
    ),
  ),
  fast(
    'signal-in-the-log',
    'W13',
    'a signal is written into the log',
    edit(
      OPEN_ROOM,
      "void => this.#tell({ type: 'signal', bytes })\n",
      "void => this.#write('event', bytes)\n",
    ),
  ),
  documents(
    'events-overtake-updates',
    'O3',
    'an event is sent before updates that were written earlier',
    edit(
      'protocol/draft.ts',
      '    if (!canMerge || !fits) endRun()\n',
      '    if (!fits) endRun()\n',
    ),
  ),
]
