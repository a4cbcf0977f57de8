// Connections. How often a page tries again (C7) costs no edit, and late events of an older connection (C8) end with it in the
// simulator as they do in the adapter: both are held by protocol/test.

import { stillRoomsNotAskedAfter } from './catch-up.ts'
import { edit, fast } from './mutant.ts'
import type { Mutant } from './mutant.ts'

export const CONNECTION_MUTANTS: readonly Mutant[] = [
  fast(
    'silence-never-judged',
    'W11',
    'a page never takes a silent link for dead, nor asks after a room that is still',
    stillRoomsNotAskedAfter,
    edit('protocol/silence.ts', '    if (now < this.#judgeAt + STALL_MS) return true\n', ''),
  ),
]
