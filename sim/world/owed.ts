import type { Profile } from './profile.ts'

/** C12: which edits the devices owe to a relay that lost them, since they keep the batches that it wrote. */
export class Owed {
  readonly #by = new Map<Profile, Map<string, ReadonlySet<number>>>()

  set(profile: Profile, room: string, ids: readonly number[]): void {
    const rooms = this.#by.get(profile) ?? new Map<string, ReadonlySet<number>>()
    rooms.set(room, new Set(ids))
    this.#by.set(profile, rooms)
  }

  /** A device has lost what it kept. */
  drop(profile: Profile): void {
    this.#by.delete(profile)
  }

  clear(): void {
    this.#by.clear()
  }

  isBy(profile: Profile, room: string, id: number): boolean {
    return this.#by.get(profile)?.get(room)?.has(id) === true
  }
}
