import { getPublicKey, hashes, sign, verify } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { KEY_BYTES, SIGNATURE_BYTES } from '../protocol/index.ts'
import type { Ed25519 } from '../protocol/index.ts'

/** The library hashes with what it is given, and only when it is used: importing this file does nothing. */
const ready = (): void => {
  hashes.sha512 ??= sha512
}

let isWarm = false

/**
 * Makes the curve's tables while nothing else is to be done: else the first keystroke of a page would wait some 50 ms for them. Once, and nothing where there is no
 * idle time to be had.
 */
export const warmEd25519 = (): void => {
  if (isWarm || globalThis.requestIdleCallback === undefined) return
  isWarm = true
  globalThis.requestIdleCallback(() => nobleEd25519.publicKey(new Uint8Array(KEY_BYTES)))
}

/** Strict, as RFC 8032 has it and as the relay checks: what one end takes the other must not refuse. */
const STRICT = { zip215: false }

/** K1: Ed25519 in plain JavaScript, since `crypto.subtle` answers later and is missing on insecure origins. */
export const nobleEd25519: Ed25519 = {
  publicKey: (seed) => {
    ready()
    return getPublicKey(seed)
  },
  sign: (seed, message) => {
    ready()
    return sign(message, seed)
  },
  verify: (publicKey, message, signature) => {
    ready()
    if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
    try {
      return verify(signature, message, publicKey, STRICT)
    } catch {
      return false
    }
  },
}
