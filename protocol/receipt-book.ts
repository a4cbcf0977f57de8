import type { Author, Epoch, RoomName } from './ids.ts'
import type { Outbox } from './outbox.ts'
import type { Receipt } from './receipt.ts'

/** Why a receipt changes nothing. */
export type ReceiptRefusal = 'other-room' | 'other-epoch' | 'unknown-entry' | 'other-bytes' | 'old'

/** Up to which seq of an author, and at which head of the log, the relay has told what is durable. */
type Word = { readonly head: number; readonly through: number }

/** K8: which receipts say something that this page does not know better. Whether the relay signed them was looked at before. */
export class ReceiptBook {
  readonly #words = new Map<Author, Word>()
  /** Those that counted, and at whose head this page is not yet. */
  #ahead: readonly Receipt[] = []

  /** What the relay itself says on this page's own connection. */
  told(author: Author, word: Word): void {
    const known = this.#words.get(author)
    if (known === undefined || isNewer(word, known)) this.#words.set(author, word)
  }

  /** C9: words of a log that is gone. */
  clear(): void {
    this.#words.clear()
    this.#ahead = []
  }

  /** Undefined where the receipt counts: it is remembered then, and does not count again. */
  refusalOf(
    receipt: Receipt,
    here: { readonly room: RoomName; readonly epoch: Epoch | undefined; readonly outbox: Outbox },
  ): ReceiptRefusal | undefined {
    const { room, epoch, author, through, hash } = receipt
    if (room !== here.room) return 'other-room'
    if (here.epoch === undefined || epoch !== here.epoch) return 'other-epoch'
    const known = this.#words.get(author)
    if (known !== undefined && !isNewer(receipt, known)) return 'old'
    const held = here.outbox.get(author, through)
    if (held === undefined) return 'unknown-entry'
    if (held.row.hash !== hash) return 'other-bytes'
    this.#words.set(author, receipt)
    this.#ahead = [...this.#ahead, receipt]
    return undefined
  }

  /** Once each: those all of whose entries are in what this page has read up to `offset`. */
  takeRead(offset: number): readonly Receipt[] {
    if (this.#ahead.length === 0) return []
    const read = this.#ahead.filter(({ head }) => head <= offset)
    this.#ahead = this.#ahead.filter(({ head }) => head > offset)
    return read
  }
}

/** A word at a head says all that was durable there: one at an older head adds nothing, and one at the same only what goes further. */
const isNewer = (word: Word, known: Word): boolean =>
  word.head > known.head || (word.head === known.head && word.through > known.through)
