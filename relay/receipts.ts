import { receiptBytes } from '../protocol/index.ts'
import type { Ed25519, Receipt, ReceiptBody } from '../protocol/index.ts'

/** K7: signs receipts with the key of a store. */
export type ReceiptMaker = {
  readonly publicKey: Uint8Array
  readonly make: (body: ReceiptBody) => Receipt
}

/** Throws a RangeError on a seed that has not 32 bytes. */
export const receiptMaker = (seed: Uint8Array, { publicKey, sign }: Ed25519): ReceiptMaker => ({
  publicKey: publicKey(seed),
  make: (body) => ({ ...body, signature: sign(seed, receiptBytes(body)) }),
})
