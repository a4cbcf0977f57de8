import type { ClientReport, EntryKey } from '../client-report.ts'
import type { EditRange, OrdinaryReport } from '../ordinary-client-report.ts'

/** What was written without a connection to the relay, noted from what the clients tell. */
export class WrittenOffline {
  readonly #keys = new Map<string, EntryKey>()
  #editsBefore: number | undefined
  #edits: readonly EditRange[] = []

  get keys(): readonly EntryKey[] {
    return [...this.#keys.values()]
  }

  get edits(): readonly EditRange[] {
    return this.#edits
  }

  get count(): number {
    return this.#keys.size + this.#edits.length
  }

  has({ author, seq }: EntryKey): boolean {
    return this.#keys.has(`${author} ${seq}`)
  }

  /** Of our client: whatever waits while it has no connection. */
  note({ isCut, connection, pendingKeys }: ClientReport): void {
    if (!isCut && connection === 'live') return
    for (const key of pendingKeys) this.#keys.set(`${key.author} ${key.seq}`, key)
  }

  /** Of an ordinary client, which cannot say what waits: whatever it wrote since it was cut. */
  noteEdits({ isCut, edits }: OrdinaryReport): void {
    if (!isCut) this.#editsBefore = edits.length
    else this.#edits = edits.slice(this.#editsBefore ?? 0)
  }
}
