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
  fast(
    'half-frame-outlives-its-connection',
    'W22',
    'a page goes on with half a frame of the connection before',
    edit(
      'protocol/client-session.ts',
      'new Passage(this.#options.pieceBytes)',
      'new Passage(this.#options.pieceBytes, this.#passage)',
    ),
    edit(
      'protocol/passage.ts',
      'constructor(pieceBytes: number = PIECE_BYTES) {',
      `constructor(pieceBytes: number = PIECE_BYTES, older?: Passage) {
    if (older !== undefined) this.#joiner = older.#joiner`,
    ),
  ),
  fast(
    'pieces-taken-out-of-order',
    'W22',
    'who joins a frame puts a piece in front of the one before it',
    edit(
      'protocol/pieces.ts',
      '    this.#buffer.set(bytes, this.#length)\n',
      `    this.#buffer.copyWithin(bytes.length, 0, this.#length)
    this.#buffer.set(bytes, 0)
`,
    ),
  ),
]
