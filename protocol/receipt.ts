import * as encoding from 'lib0/encoding'
import { encodeUtf8 } from 'lib0/string'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts'
import type { Ed25519 } from './ed25519.ts'
import type { Author, EntryHash, Epoch, RoomName } from './ids.ts'
import { writeHex, written } from './written.ts'

/**
 * K6: the relay's word that it has an author's entries, for whoever was not there. All from `from` through `through` are durable and none of them
 * was refused; `hash` is that of the entry at `through`, `head` the newest durable offset of the log then.
 */
export type ReceiptBody = {
  readonly room: RoomName
  readonly epoch: Epoch
  readonly author: Author
  readonly from: number
  readonly through: number
  readonly hash: EntryHash
  readonly head: number
}

/** With the relay's signature, 64 bytes. */
export type Receipt = ReceiptBody & { readonly signature: Uint8Array }

const PREFIX = encodeUtf8('holdfast/receipt/')

/**
 * K6: the bytes that a receipt's signature is over: `holdfast/receipt/ · room:text · epoch:id · author:id · from:uint · through:uint · hash:id · head:uint`.
 */
export const receiptBytes = (body: ReceiptBody): Uint8Array =>
  written((encoder) => {
    encoding.writeUint8Array(encoder, PREFIX)
    encoding.writeVarString(encoder, body.room)
    writeHex(encoder, body.epoch)
    writeHex(encoder, body.author)
    encoding.writeVarUint(encoder, body.from)
    encoding.writeVarUint(encoder, body.through)
    writeHex(encoder, body.hash)
    encoding.writeVarUint(encoder, body.head)
  })

const ID = /^[0-9a-f]{32}$/
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0

/**
 * K7: whether the relay of this key gave this receipt. Total, whatever is in it: a receipt comes from anybody. `relayKey` is the one that the relay itself
 * gave (K8).
 */
export const isReceiptOf = (
  receipt: Receipt,
  relayKey: Uint8Array,
  verify: Ed25519['verify'],
): boolean => {
  const { epoch, author, hash, from, through, head, signature } = receipt
  const isShaped =
    [epoch, author, hash].every((id) => ID.test(id)) &&
    [from, through, head].every(isCount) &&
    from <= through &&
    relayKey.length === KEY_BYTES &&
    signature.length === SIGNATURE_BYTES
  return isShaped && verify(relayKey, receiptBytes(receipt), signature)
}
