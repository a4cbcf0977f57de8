import {
  KEY_BYTES,
  MAX_USER_BYTES,
  SIGNATURE_BYTES,
  authorOfKey,
  decodeEntry,
  hashEntry,
  isReceiptOf,
  keyOf,
  sealedBytes,
} from '../protocol/index.ts'
import type {
  Author,
  Ed25519,
  OutboxRow,
  Receipt,
  RoomEffect,
  RoomName,
  Sealed,
  TakenRow,
} from '../protocol/index.ts'

/** K11: an entry as it is handed to somebody who may carry it to the relay. Bytes, none of them secret. */
export type SealedEntry = Sealed & {
  readonly room: string
  readonly seq: number
  /** Its place in the order of sending, where it comes from. */
  readonly order?: number | undefined
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array
}

/** Why what came from outside is not carried. */
export type SealRefusal = 'other-room' | 'malformed' | 'too-large' | 'bad-seal'

export type SealedRowsOptions = {
  readonly room: RoomName
  /** Whose page this is. */
  readonly user: string
  readonly ed25519: Ed25519
  /** The relay's own bound; what is larger it would refuse. */
  readonly maxEntryBytes: () => number
  /** K9: the key that the relay itself said, on this connection or an earlier one of this device. */
  readonly receiptKey: () => Uint8Array | undefined
}

const MAX_PASS_BYTES = 64

/**
 * K10, K11: what this page may hand to others of what it has not sent, and what it takes from others. Nothing is signed before somebody asks for it, for a signature
 * takes about a millisecond here.
 */
export class SealedRows {
  readonly #options: SealedRowsOptions
  /** As whom the relay knows this page's authors, and what shows it. */
  readonly #passes = new Map<Author, { readonly user: string; readonly pass: Uint8Array }>()
  readonly #keys = new Map<Author, Uint8Array>()
  /** By the key of the entry: to sign it twice gives the same. */
  readonly #seals = new Map<string, Uint8Array>()
  readonly #refused = new Map<SealRefusal, number>()

  constructor(options: SealedRowsOptions) {
    this.#options = options
  }

  /** How often something from outside was refused, by why. */
  get refused(): ReadonlyMap<SealRefusal, number> {
    return this.#refused
  }

  /** What the room's machine says beside all else. */
  heard(effect: RoomEffect): void {
    if (effect.type === 'passed') {
      const { author, user, pass } = effect
      this.#passes.set(author, { user, pass })
      // A seal names the user too.
      this.#seals.clear()
    }
    if (effect.type === 'settled') this.#seals.delete(keyOf(effect.key.author, effect.key.seq))
  }

  /** A row as others may carry it; undefined for one whose author is from before there were keys (P1): that one only who has its secret can send. */
  sealedOf(row: OutboxRow): SealedEntry | undefined {
    const { seq, order, bytes } = row
    const sealed = row.sealed ?? this.#seal(row)
    if (sealed === undefined) return undefined
    return { ...sealed, room: this.#options.room, seq, order, bytes }
  }

  #seal({ author, seq, user: name, bytes, proof }: OutboxRow): Sealed | undefined {
    const { ed25519, room } = this.#options
    if (proof?.length !== KEY_BYTES) return undefined
    const key = this.#keys.get(author) ?? ed25519.publicKey(proof)
    if (authorOfKey(key) !== author) return undefined
    this.#keys.set(author, key)
    const { user, pass } = this.#passes.get(author) ?? { user: name, pass: undefined }
    const at = keyOf(author, seq)
    const seal =
      this.#seals.get(at) ?? ed25519.sign(proof, sealedBytes({ room, author, seq, user, bytes }))
    this.#seals.set(at, seal)
    return { key, user, seal, pass }
  }

  /**
   * K11: what came from outside, as a row to be carried, or why not. Total: nothing of it is believed, not even its shape. Its bytes are copied.
   */
  take(sealed: SealedEntry, wallMs: number): TakenRow | SealRefusal {
    const taken = this.#look(sealed, wallMs)
    if (typeof taken === 'string') this.#refused.set(taken, (this.#refused.get(taken) ?? 0) + 1)
    return taken
  }

  #look(sealed: SealedEntry, wallMs: number): TakenRow | SealRefusal {
    if (!isShaped(sealed)) return 'malformed'
    const { room, user: keeper, ed25519, maxEntryBytes } = this.#options
    if (sealed.room !== room) return 'other-room'
    if (sealed.bytes.length > maxEntryBytes()) return 'too-large'
    const { key, user, seq, seal, bytes, pass } = sealed
    const entry = decodeEntry(bytes)
    if (typeof entry === 'string' || (entry.kind !== 'update' && entry.kind !== 'event')) {
      return 'malformed'
    }
    const author = authorOfKey(key)
    const message = sealedBytes({ room, author, seq, user, bytes })
    if (!ed25519.verify(key, message, seal)) return 'bad-seal'
    const copy = bytes.slice()
    return {
      author,
      seq,
      user: keeper,
      proof: undefined,
      sealed: { key: key.slice(), user, seal: seal.slice(), pass: pass?.slice() },
      bytes: copy,
      hash: hashEntry(copy),
      mintedAtMs: wallMs,
      ...(sealed.order === undefined ? {} : { order: sealed.order }),
    }
  }

  /** K8: whether this room's relay signed it, by the key that it said itself. */
  isGenuine(receipt: Receipt): boolean {
    return this.isGenuineHere(receipt) === true
  }

  /** The same; undefined while no relay has told this device a key (K9): then nobody has lied. */
  isGenuineHere(receipt: Receipt): boolean | undefined {
    const key = this.#options.receiptKey()
    return key && isReceiptOf(receipt, key, this.#options.ed25519.verify)
  }
}

const isBytes = (value: unknown, min: number, max: number): boolean =>
  value instanceof Uint8Array && value.length >= min && value.length <= max

const isShaped = (sealed: Readonly<Partial<Record<keyof SealedEntry, unknown>>>): boolean =>
  typeof sealed.room === 'string' &&
  typeof sealed.user === 'string' &&
  new TextEncoder().encode(sealed.user).length <= MAX_USER_BYTES &&
  Number.isSafeInteger(sealed.seq) &&
  Number(sealed.seq) > 0 &&
  isBytes(sealed.key, KEY_BYTES, KEY_BYTES) &&
  isBytes(sealed.seal, SIGNATURE_BYTES, SIGNATURE_BYTES) &&
  isBytes(sealed.bytes, 1, Infinity) &&
  (sealed.order === undefined ||
    (Number.isSafeInteger(sealed.order) && Number(sealed.order) >= 0)) &&
  (sealed.pass === undefined || isBytes(sealed.pass, 1, MAX_PASS_BYTES))
