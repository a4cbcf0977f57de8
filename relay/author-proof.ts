import { SEED_BYTES, authorOf, authorOfKey } from '../protocol/index.ts'
import type { Author, Ed25519 } from '../protocol/index.ts'

/** P1: whether a secret is an author's: the seed of its key or, of an author from before version 4, what the author is a hash of. */
export const isProofOf = (
  author: Author,
  proof: Uint8Array,
  { publicKey }: Pick<Ed25519, 'publicKey'>,
): boolean =>
  (proof.length === SEED_BYTES && authorOfKey(publicKey(proof)) === author) ||
  authorOf(proof) === author
