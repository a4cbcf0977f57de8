import { MAX_CARRIED_AUTHORS, MAX_CARRIED_ENTRIES } from '../../protocol/index.ts'
import type { Author, Receipt, TakenRow } from '../../protocol/index.ts'
import type { RoomTrace } from '../room-trace.ts'

/** For whom this page carries, and who carried for it, told as it happens. Nothing follows from it. */
export class CarriedFor {
  readonly #trace: RoomTrace
  /** By author: whose they are, and those of which the relay has not said yet that it has them. */
  readonly #carried = new Map<Author, { readonly user: string; readonly seqs: Set<number> }>()

  constructor(trace: RoomTrace) {
    this.#trace = trace
  }

  carries(rows: readonly TakenRow[]): void {
    const counts = new Map<string, number>()
    for (const { author, seq, sealed } of rows) {
      if (sealed === undefined) continue
      this.#note(author, seq, sealed.user)
      counts.set(sealed.user, (counts.get(sealed.user) ?? 0) + 1)
    }
    if (!this.#trace.isHeard) return
    for (const [user, entries] of counts) this.#trace.tell({ type: 'carried', entries, user })
  }

  /** `entries` of this page are on the relay's disk, by the receipt that `user` brought. */
  helped(entries: number, user: string | undefined): void {
    if (entries <= 0) return
    this.#trace.ways.receipted(entries)
    if (this.#trace.isHeard) this.#trace.tell({ type: 'receipted', entries, user })
  }

  /** A receipt says it of all up to its last, also of what was said before. */
  receipted({ author, through }: Receipt): void {
    const { user, seqs } = this.#carried.get(author) ?? {}
    if (user === undefined || seqs === undefined) return
    const said = [...seqs].filter((seq) => seq <= through)
    for (const seq of said) seqs.delete(seq)
    if (said.length === 0 || !this.#trace.isHeard) return
    this.#trace.tell({ type: 'brought', entries: said.length, user })
  }

  #note(author: Author, seq: number, user: string): void {
    const seqs = this.#carried.get(author)?.seqs ?? new Set()
    this.#carried.delete(author)
    this.#carried.set(author, { user, seqs: seqs.add(seq) })
    if (seqs.size > MAX_CARRIED_ENTRIES) seqs.clear()
    if (this.#carried.size <= MAX_CARRIED_AUTHORS) return
    const [oldest] = this.#carried.keys()
    this.#carried.delete(oldest!)
  }
}
