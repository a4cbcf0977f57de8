import { sha256 } from '@noble/hashes/sha2.js'
import { encodeUtf8 } from 'lib0/string'
import { ID_BYTES, toHex } from './ids.ts'
import type { Author, Chain, EntryHash, RoomName } from './ids.ts'

type Hash128 = (bytes: Uint8Array) => string

const portable: Hash128 = (bytes) => toHex(sha256(bytes), 0, ID_BYTES)

let hash: Hash128 = portable

/** For who knows a faster way on the platform: the first 128 bits of SHA-256 in 32 hex digits, lower case. Throws where it is another hash. */
export const useHash128 = (faster: Hash128): void => {
  const sample = Uint8Array.of(1, 2, 3)
  if (faster(sample) !== portable(sample)) throw new Error('This is not the hash of the protocol.')
  hash = faster
}

/** The first 128 bits of SHA-256 over the concatenation of `parts`, as 32 hex digits. */
const hash128 = (...parts: readonly Uint8Array[]): string =>
  hash(parts.length === 1 ? parts[0]! : concat(parts))

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** E1: the hash of an entry, over the exact bytes that travel and are stored. */
export const hashEntry = (entry: Uint8Array): EntryHash => hash128(entry) as EntryHash

const AUTHOR_PREFIX = encodeUtf8('holdfast/author/')
const KEY_PREFIX = encodeUtf8('holdfast/author-key/')
const CHAIN_PREFIX = encodeUtf8('holdfast/chain/')

/** P1, K1: the author of a key pair, from its public key (RFC 8032, 32 bytes). */
export const authorOfKey = (publicKey: Uint8Array): Author =>
  hash128(KEY_PREFIX, publicKey) as Author

/**
 * P1: the author of a secret that is no key's: minted before version 4, or for somebody who never shows it. The prefixes differ, for else a
 * public key could be shown in place of the secret whose author it would name.
 */
export const authorOf = (proof: Uint8Array): Author => hash128(AUTHOR_PREFIX, proof) as Author

const NAME_DIGITS = 24

/** K9: what a page that has a relay's key of receipts calls it: 96 bits, so that nobody makes another key of the same name. */
export const nameOfKey = (receiptKey: Uint8Array): string =>
  hash128(receiptKey).slice(0, NAME_DIGITS)

/** S6: the chain value of a room's empty log. It binds the room's name, so that logs cannot be swapped. */
export const emptyChain = (room: RoomName): Chain =>
  hash128(CHAIN_PREFIX, encodeUtf8(room)) as Chain

/** S6: the chain value after a batch, over the value before it and the batch's bytes up to its own chain value. */
export const nextChain = (before: Uint8Array, covered: Uint8Array): Chain =>
  hash128(before, covered) as Chain
