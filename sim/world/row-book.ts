import type { EntryKey } from '../../protocol/index.ts'
import { decodeEntry, keyOf } from '../../protocol/index.ts'
import type { OutboxRow, RoomName } from '../../protocol/index.ts'
import type { Journal } from './journal.ts'
import type { Profile } from './profile.ts'
import { contentsOf } from './room-shadow.ts'

/** The edits in the rows on each profile's disk. Those of its own user are counted: a copy that somebody carries is nobody's promise. */
export class RowBook {
  readonly #journal: Journal
  readonly #rows = new Map<Profile, Map<string, readonly number[]>>()
  /** I7: hears of a row that is put again with other bytes. */
  readonly #changed: (key: string) => void

  constructor(journal: Journal, changed: (key: string) => void) {
    this.#journal = journal
    this.#changed = changed
  }

  put(profile: Profile, room: string, row: OutboxRow): void {
    const rows = this.#of(profile)
    const key = keyIn(room, row)
    const before = rows.get(key)
    const ids = idsInRow(row)
    if (before !== undefined) {
      if (before.join() !== ids.join()) this.#changed(key)
      return
    }
    rows.set(key, ids)
    for (const id of ids) this.#counted(profile, id, 1)
  }

  /** The edits of this profile's user that the row held. */
  drop(profile: Profile, room: string, key: EntryKey): readonly number[] {
    const rows = this.#of(profile)
    const ids = rows.get(keyIn(room, key)) ?? []
    rows.delete(keyIn(room, key))
    return ids.filter((id) => this.#counted(profile, id, -1))
  }

  /** The disk is another one now; gives the edits of this profile's user that were on it before. */
  exchange(profile: Profile, rooms: readonly string[]): readonly number[] {
    const before = [...this.#of(profile).values()].flat()
    const own = before.filter((id) => this.#counted(profile, id, -1))
    this.#rows.delete(profile)
    for (const room of rooms) {
      for (const row of profile.disk.rows(room as RoomName)) this.put(profile, room, row)
    }
    return own
  }

  #of(profile: Profile): Map<string, readonly number[]> {
    const rows = this.#rows.get(profile) ?? new Map<string, readonly number[]>()
    this.#rows.set(profile, rows)
    return rows
  }

  #counted({ user }: Profile, id: number, by: 1 | -1): boolean {
    const edit = this.#journal.get(id)
    if (edit?.user !== user) return false
    edit.rowCount += by
    return true
  }
}

const keyIn = (room: string, { author, seq }: EntryKey): string => `${room}/${keyOf(author, seq)}`

export const idsInRow = ({ bytes }: Pick<OutboxRow, 'bytes'>): readonly number[] => {
  const entry = decodeEntry(bytes)
  return typeof entry === 'string' ? [] : contentsOf(entry).ids
}
