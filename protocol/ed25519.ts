/**
 * K1: Ed25519 of RFC 8032, which both ends bring along: this room computes none. All three are synchronous and keep nothing. `seed` and a public
 * key have 32 bytes, a signature has 64.
 */
export type Ed25519 = {
  /** The public key of a seed. Throws on a seed of another length. */
  readonly publicKey: (seed: Uint8Array) => Uint8Array
  /** Throws on a seed of another length. */
  readonly sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array
  /** Total: false for whatever is no signature of this message, or no key. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

export const SEED_BYTES: number = 32
export const KEY_BYTES: number = 32
export const SIGNATURE_BYTES: number = 64
