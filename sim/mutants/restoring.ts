// What a relay's second life rests on: compacted logs, backups that come back, and what browsers give back then.

import { documents, edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const SEQUENCER = 'protocol/room-sequencer.ts'
const COMPACT = 'relay/jobs/kinds/compact.ts'
const JUDGE = 'relay/stores/judge.ts'
const HOST = 'relay/room-host.ts'
const LOG = 'relay/room-log.ts'

const KNOWN = `if (entry.kind === 'turn' || seq <= (mark?.pending ?? 0)) continue`
const NEXT = 'if (seq !== (mark?.pending ?? 0) + 1 || (mark?.user ?? user) !== user) continue'

export const RESTORING_MUTANTS: readonly Mutant[] = [
  fast(
    'repair-taken-twice',
    'C12',
    'what two pages give back is written twice',
    edit(SEQUENCER, KNOWN, `if (entry.kind === 'turn') continue`),
    edit(SEQUENCER, NEXT, 'if (seq > (mark?.pending ?? 0) + 1) continue'),
  ),
  fast(
    'repair-over-a-hole',
    'C12',
    'a record is taken back although one before it of its author is missing',
    edit(SEQUENCER, NEXT, 'if ((mark?.user ?? user) !== user) continue'),
  ),
  fast(
    'forged-repair-accepted',
    'S14',
    'batches that nobody of ours wrote are taken back',
    edit(
      'protocol/repair-run.ts',
      'if (!isSame(batch.code, codeOf(epoch, batch.last, batch.chainAfter))) {',
      'if (batch.code.length > 64) {',
    ),
  ),
  fast(
    'nothing-given-back',
    'C12',
    'a page keeps the batches of a log that is gone to itself',
    edit(
      'kit/beyond-log.ts',
      'if (run === undefined) this.repaired()',
      'if (run !== null) this.repaired()',
    ),
  ),
  fast(
    'given-back-once-only',
    'C12',
    'what had no place yet is not given again when others have given what stands before it',
    edit(
      'protocol/repair-run.ts',
      'if (!isMore || !this.isOver || this.#left === 0) return false',
      'if (isMore || !isMore) return false',
    ),
  ),
  fast(
    'log-taken-back-not-turned',
    'S15',
    'a log that was taken back goes on under its epoch, and resets only who has read beyond it',
    edit(HOST, `why !== 'compacted' && writer.log.wasTakenBack(cursor)`, `why === 'compacted'`),
  ),
  fast(
    'let-in-before-the-turn',
    'S15',
    'who joins while an epoch is about to be turned is let into the old one',
    edit(
      HOST,
      'this.#writer !== undefined && !this.#mustTurn && this',
      'this.#writer !== undefined && this',
    ),
  ),
  fast(
    'compaction-past-the-checkpoint',
    'S18',
    'a log is compacted up to its head: marks that no checkpoint has yet are lost',
    edit(
      'relay/room-compactor.ts',
      'this.#compact(through).then(',
      'this.#compact(this.#log.head).then(',
    ),
    edit(JUDGE, ' && last <= stored.checkpointed) return', ') return'),
  ),
  fast(
    'compaction-drops-a-mark',
    'S18',
    'a checkpoint leaves out the author that was heard of first',
    edit(
      SEQUENCER,
      'const marks = [...this.#marks].filter(([, mark]) => mark.durable > 0)',
      'const marks = [...this.#marks].filter(([, mark]) => mark.durable > 0).slice(1)',
    ),
  ),
  fast(
    'compaction-drops-an-event',
    'S18',
    'the last part of a compaction begins with nothing where one before it is opened again',
    edit(
      COMPACT,
      '    this.#records = [...last.records]\n',
      '    this.#records = last.records.slice(1)\n',
    ),
  ),
  documents(
    'compaction-drops-the-document',
    'S18',
    'a compacted log that has events as well is left without the document',
    edit(
      COMPACT,
      'if (this.#updates.length > 0) this.#records.push',
      'if (this.#updates.length > 0 && this.#records.length === 0) this.#records.push',
    ),
  ),
  fast(
    'cursor-inside-taken',
    'S18',
    'a place inside a compacted batch is taken for one in the log, and what is behind that batch is served from there',
    edit(
      LOG,
      `if (known === 'compacted') return 'compacted'`,
      `if (known === 'compacted') return undefined`,
    ),
    edit(
      LOG,
      'const isInside = begin !== undefined && begin <= after',
      'const isInside = begin === -1',
    ),
    edit(
      'protocol/log-reader.ts',
      'return batch.first === offset + 1 && (batch.isCompacted || isChained(batch, bytes, chain))',
      'return batch.isCompacted || (batch.first === offset + 1 && isChained(batch, bytes, chain))',
    ),
  ),
  fast(
    'crashed-room-goes-on',
    'S16',
    'a room in which something threw goes on with whatever state that left',
    edit(HOST, `    this.fallBack('room-fell-back')\n  }`, '  }'),
  ),
  fast(
    'stale-term-taken',
    'S12',
    'a relay whose store was taken over goes on writing to it',
    edit(JUDGE, 'if (asked.term < term) return', 'if (asked.term < 0) return'),
    edit(JUDGE, 'if (asked.expectHead !== head) return', 'if (asked.expectHead < 0) return'),
  ),
  fast(
    'poison-stops-the-rest',
    'C10',
    'a handler that throws keeps those behind it from hearing anything',
    edit('kit/event-log.ts', '      this.#failed(event, error)\n', '      throw error\n'),
  ),
  fast(
    'poison-spoils-the-state',
    'C10',
    'a reducer that throws begins anew from nothing',
    edit(
      'kit/event-fold.ts',
      `      this.#failed(event, error)
      return state
`,
      `      this.#failed(event, error)
      return this.#confirmed
`,
    ),
  ),
  documents(
    'dependencies-unasked',
    'S13',
    'an update is taken although what it builds on is not there',
    edit(
      SEQUENCER,
      `if (verdict === 'notYet') {\n      effects.push({ type: 'notYet', from, seq })\n      return false\n    }\n    this.#enqueue(input, seq, entry, verdict, [from])`,
      `this.#enqueue(input, seq, entry, verdict === 'notYet' ? 'fits' : verdict, [from])`,
    ),
  ),
]
