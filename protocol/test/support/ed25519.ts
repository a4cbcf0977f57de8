import { getPublicKey, hashes, sign, verify } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { encodeUtf8 } from 'lib0/string'
import type { Ed25519 } from '../../ed25519.ts'
import { authorOfKey } from '../../hash.ts'
import type { Author } from '../../ids.ts'

hashes.sha512 = sha512

/** A real one, for where the protocol is handed one. */
export const ed25519: Ed25519 = {
  publicKey: (seed) => getPublicKey(seed),
  sign: (seed, message) => sign(message, seed),
  verify: (key, message, signature) => {
    try {
      return verify(signature, message, key, { zip215: false })
    } catch {
      return false
    }
  },
}

/** The key pair of the producer called `name`, and its author. */
export const pairNamed = (
  name: string,
): { readonly seed: Uint8Array; readonly key: Uint8Array; readonly author: Author } => {
  const seed = new Uint8Array(32)
  seed.set(encodeUtf8(name).subarray(0, 32))
  const key = ed25519.publicKey(seed)
  return { seed, key, author: authorOfKey(key) }
}
