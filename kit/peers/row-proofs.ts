import { SEED_BYTES, authorOf, authorOfKey, sealedBytes, toHex } from '../../protocol/index.ts'
import type { Author, Ed25519, HandedRow, RoomName } from '../../protocol/index.ts'

/** P3: whether rows that come from other tabs are of the authors that they name. */
export class RowProofs {
  readonly #room: RoomName
  readonly #ed25519: Ed25519
  /** By author: the secret that is its own. To find out takes a millisecond or two, and an author has many rows. */
  readonly #known = new Map<Author, string>()

  constructor(room: RoomName, ed25519: Ed25519) {
    this.#room = room
    this.#ed25519 = ed25519
  }

  /** P1, K2: by the secret, or by the seal where there is none. */
  isAuthentic({ author, seq, proof, sealed, bytes }: HandedRow): boolean {
    if (proof !== undefined) return this.#isSecretOf(author, proof)
    if (sealed === undefined || authorOfKey(sealed.key) !== author) return false
    const { key, user, seal } = sealed
    const message = sealedBytes({ room: this.#room, author, seq, user, bytes })
    return this.#ed25519.verify(key, message, seal)
  }

  #isSecretOf(author: Author, proof: Uint8Array): boolean {
    const secret = toHex(proof)
    if (this.#known.get(author) === secret) return true
    const isOfKey =
      proof.length === SEED_BYTES && authorOfKey(this.#ed25519.publicKey(proof)) === author
    if (!isOfKey && authorOf(proof) !== author) return false
    this.#known.set(author, secret)
    return true
  }
}
