import type { HeldRow } from './outbox-types.ts'
import { Unsettled } from './unsettled.ts'

/** K10: carried for somebody else, whose entry it is to see through: no secret came with it. */
export const isStrangers = ({ row }: Pick<HeldRow, 'row'>): boolean => row.proof === undefined

/** What waits: entries of this profile, drafts included, and apart from them those that are carried for others. */
export class Standing {
  readonly own: Unsettled = new Unsettled()
  readonly carried: Unsettled = new Unsettled()

  came(held: HeldRow): void {
    this.#of(held).came(held.row.bytes.length, held.heldSince)
  }

  went(held: HeldRow): void {
    this.#of(held).went(held.row.bytes.length, held.heldSince)
  }

  #of(held: HeldRow): Unsettled {
    return isStrangers(held) ? this.carried : this.own
  }
}

/** Rows that are on no disk of this device. */
export class OffDisk {
  readonly #rows = new Set<HeldRow>()
  #carried = 0

  get size(): number {
    return this.#rows.size
  }

  /** Without those that are carried for others. */
  get ownCount(): number {
    return this.#rows.size - this.#carried
  }

  has(held: HeldRow): boolean {
    return this.#rows.has(held)
  }

  add(held: HeldRow): void {
    if (isStrangers(held) && !this.#rows.has(held)) this.#carried++
    this.#rows.add(held)
  }

  delete(held: HeldRow): void {
    if (this.#rows.delete(held) && isStrangers(held)) this.#carried--
  }

  [Symbol.iterator](): Iterator<HeldRow> {
    return this.#rows.values()
  }
}
