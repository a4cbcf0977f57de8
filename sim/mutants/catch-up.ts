// How a page comes to have the log: cursors, pulls, gaps, chains, resets; and what a lost frame must not hide.

import { documents, edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const ROOM_LINK = 'protocol/room-link.ts'
const LOG_READER = 'protocol/log-reader.ts'
const ROOM_LOG = 'relay/room-log.ts'
const CONTENT = 'kit/room-content.ts'
const PRODUCERS = 'protocol/producer-links.ts'

const chainUncheckedByPage = edit(
  LOG_READER,
  'return batch.first === offset + 1 && (batch.isCompacted || isChained(batch, bytes, chain))',
  'return batch.first === offset + 1',
)

const chainUncheckedAtJoin = edit(
  ROOM_LOG,
  "      return known === chain ? undefined : 'chain-differs'\n",
  '      return undefined\n',
)

/** C11: the later defence of a page that hears nothing. */
export const stillRoomsNotAskedAfter = edit(
  'protocol/room-watch.ts',
  `    if (this.#askedAt !== undefined) return this.#askedAt + ANSWER_MS
    return this.#heardAt + (this.#outbox.unsettledCount > 0 ? WAITING_MS : IDLE_MS)
`,
  '    return Infinity\n',
)

export const beatMarksLeftOut = edit(
  'protocol/client-session.ts',
  'const sent = [...this.#rooms.values()].flatMap((room) => room.sentMarks())',
  'const sent: { producer: number; seq: number }[] = []',
)

export const CATCH_UP_MUTANTS: readonly Mutant[] = [
  fast(
    'pull-skips-one',
    'C2',
    'a pull is answered from one offset too far on',
    edit(
      'relay/pull.ts',
      '() => log.pageBehind(pull.after, maxBytes),',
      '() => log.pageBehind(pull.after + 1, maxBytes),',
    ),
  ),
  fast(
    'cursor-one-too-far',
    'C1',
    'a page joins with a cursor one offset beyond what it has',
    edit(
      LOG_READER,
      '    return after === 0 ? LOG_START : { after, epoch, chain, proof }\n',
      '    return after === 0 ? LOG_START : { after: after + 1, epoch, chain, proof }\n',
    ),
  ),
  fast(
    'gaps-accepted',
    'C3',
    'a page takes what comes: neither offsets nor chain values are compared',
    edit(
      LOG_READER,
      `      if (batch.first > this.#cursor.offset + 1) return { applied, duplicates, end: 'missed' }
      if (!this.#follows(batch, bytes)) return { applied, duplicates, end: 'broken-chain' }
`,
      '',
    ),
  ),
  fast(
    'chain-unchecked-at-join',
    'C1',
    'a cursor of another log of the same epoch is taken for one of this log',
    chainUncheckedAtJoin,
  ),
  fast(
    'chain-checked-nowhere',
    'C4',
    'neither relay nor page compares chain values',
    chainUncheckedAtJoin,
    chainUncheckedByPage,
  ),
  fast(
    'heads-never-told',
    'C6',
    'a pulse says nothing of rooms that changed, and a page that hears nothing does not ask',
    stillRoomsNotAskedAfter,
    edit(
      'relay/heartbeat.ts',
      '      if (!seat.isJoined || host.head === seat.toldHead) continue\n',
      '      continue\n',
    ),
  ),
  fast('beat-marks-left-out', 'C6', 'a beat says nothing of what was sent', beatMarksLeftOut),
  fast(
    'pull-never-repeated',
    'C3',
    'a pull that is not answered is waited for for ever',
    edit(
      ROOM_LINK,
      'const pullAt = phase.pullSince === undefined ? undefined : phase.pullSince + PULL_AGAIN_MS\n',
      'const pullAt = undefined\n',
    ),
    edit(
      ROOM_LINK,
      '      if (phase.pullSince === undefined || now < phase.pullSince + PULL_AGAIN_MS) return\n',
      '      return\n',
    ),
  ),
  fast(
    'join-waited-for-for-ever',
    'C2',
    'a join that is not answered is waited for for ever',
    edit(
      ROOM_LINK,
      'return this.#wire.isWelcomed() ? phase.since + ANSWER_MS : undefined\n',
      'return undefined\n',
    ),
    edit(
      ROOM_LINK,
      "      if (isAnswerDue && now >= phase.since + ANSWER_MS) this.#step.fault = 'silent'\n",
      '',
    ),
  ),
  fast(
    'open-waited-for-for-ever',
    'S4',
    'an open that is not answered is waited for for ever',
    edit(
      PRODUCERS,
      '      if (!isAnswered(link)) at = earlier(at, link.openedAt + ANSWER_MS)\n',
      '',
    ),
    edit(
      PRODUCERS,
      '      if (!isAnswered(link) && now >= link.openedAt + ANSWER_MS) return false\n',
      '',
    ),
  ),
  fast(
    'busy-is-final',
    'S11',
    'a page stays away from a room that could not store for a moment',
    edit(
      'protocol/room-phase.ts',
      'if (PART_CODES[code].final) return',
      "if (PART_CODES[code].final || code === 'cannot-store') return",
    ),
  ),
  fast(
    'old-log-forgotten-at-reset',
    'C9',
    'what the device kept of the old log goes as soon as the relay says reset',
    edit(
      'protocol/local-change.ts',
      `    this.#isReadingAnew = true
    // A row that was to leave the disk with a batch of the old log stays there, for the batch will never come.
    this.#held = { drops: [...this.#held.drops, ...this.#drops.values()], batches: [] }
    this.#drops = new Map()
    this.#batches = []
`,
      `    this.#forgetsLog = true
    this.#drops = new Map()
    this.#batches = []
`,
    ),
  ),
  fast(
    'events-not-offered-again',
    'C9',
    'events that the old log had and the new one lacks are not written once more',
    edit(CONTENT, '    return [...own.values()]\n', '    return []\n'),
  ),
  documents(
    'document-not-offered-again',
    'C9',
    'what the document has and the new log lacks is not written once more',
    edit(
      CONTENT,
      '    if (update !== undefined && this.#isReadingAnew) this.#rewritten++\n    return update\n',
      '    return undefined\n',
    ),
  ),
  fast(
    'events-kept-at-reset',
    'C9',
    'the events of the old log stay in front of those of the new one',
    edit(CONTENT, '    this.events.clear()\n', ''),
  ),
  fast(
    'saved-while-reading-anew',
    'C9',
    'a page that reads a new log says saved before it knows what that log lacks',
    edit(CONTENT, 'return this.#isComparing || this.#isReadingAnew', 'return false'),
  ),
]
