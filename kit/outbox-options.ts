import { SEED_BYTES, authorOfKey } from '../protocol/index.ts'
import type { OutboxOptions } from '../protocol/index.ts'
import { mergeIfPossible } from './doc-binding.ts'
import { nobleEd25519 } from './ed25519.ts'
import type { Ports } from './ports.ts'

/** Typing merges into entries of at most this size; a larger paste is an entry of its own. */
const MAX_MERGED_BYTES = 64 * 1024

/** O1, P1: every producer is a key pair of fresh randomness, from memory and for this page alone; made when the first entry needs it. */
export const outboxOptions = (ports: Ports, user: string, isDurable: boolean): OutboxOptions => ({
  user,
  isDurable,
  maxMergedBytes: MAX_MERGED_BYTES,
  merge: mergeIfPossible,
  mint: () => {
    const proof = ports.randomBytes(SEED_BYTES)
    return { author: authorOfKey(nobleEd25519.publicKey(proof)), proof }
  },
})
