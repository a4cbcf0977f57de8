import type { Profile } from './profile.ts'

/** C12: which edits the devices owe to a relay that lost them, since they keep the batches that it wrote. */
export class Owed {
  readonly #by = new Map<Profile, Set<number>>()

  add(profile: Profile, ids: readonly number[]): void {
    const owed = this.#by.get(profile) ?? new Set()
    for (const id of ids) owed.add(id)
    this.#by.set(profile, owed)
  }

  /** A device has lost what it kept. */
  drop(profile: Profile): void {
    this.#by.delete(profile)
  }

  clear(): void {
    this.#by.clear()
  }

  isBy(profile: Profile, id: number): boolean {
    return this.#by.get(profile)?.has(id) === true
  }
}
