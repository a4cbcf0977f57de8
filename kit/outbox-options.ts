import { authorOf } from '../protocol/index.ts'
import type { OutboxOptions } from '../protocol/index.ts'
import { mergeIfPossible } from './doc-binding.ts'
import type { Ports } from './ports.ts'

const PROOF_BYTES = 32
/** Typing merges into entries of at most this size; a larger paste is an entry of its own. */
const MAX_MERGED_BYTES = 64 * 1024

/** O1: every producer is fresh randomness, from memory and for this page alone. */
export const outboxOptions = (ports: Ports, user: string, isDurable: boolean): OutboxOptions => ({
  user,
  isDurable,
  maxMergedBytes: MAX_MERGED_BYTES,
  merge: mergeIfPossible,
  mint: () => {
    const proof = ports.randomBytes(PROOF_BYTES)
    return { author: authorOf(proof), proof }
  },
})
