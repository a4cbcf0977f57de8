// What a relay's second life rests on: compacted logs, backups that come back, and what browsers give back then.

import { documents, edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const SEQUENCER = 'protocol/room-sequencer.ts'
const COMPACT = 'relay/jobs/kinds/compact.ts'
const JUDGE = 'relay/stores/judge.ts'
const HOST = 'relay/room-host.ts'

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
    'compaction-past-the-checkpoint',
    'S18',
    'a log is compacted up to its head: marks that no checkpoint has yet are lost',
    edit(
      'relay/room-compactor.ts',
      'this.#compactIfMuch(through)',
      'this.#compactIfMuch(this.#log.head)',
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
    'of each author the first event is left out of a compacted log',
    edit(COMPACT, '    else this.#records.push(', '    else if (seq > 1) this.#records.push('),
  ),
  documents(
    'snapshot-behind-its-cursor',
    'S18',
    'a snapshot lacks the last update of the part that it stands for',
    edit(
      COMPACT,
      'this.#reader.take(this.#updates)',
      'this.#reader.take(this.#updates.slice(0, -1))',
    ),
  ),
  documents(
    'compaction-drops-the-document',
    'S18',
    'a compacted log that has events as well is left without the document',
    edit(
      COMPACT,
      'if (!this.#reader.isEmpty()) this.#records.push',
      'if (!this.#reader.isEmpty() && this.#records.length === 0) this.#records.push',
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
]
