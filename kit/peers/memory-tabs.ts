import type { TabChannels } from '../ports.ts'

type Member = { readonly message: (bytes: Uint8Array) => void; isOpen: boolean }

/** The channels of one browser profile, in memory. */
export class MemoryTabTable {
  readonly #members = new Map<string, Set<Member>>()
  /** Every message that was posted, for tests that count. */
  readonly posted: { readonly name: string; readonly bytes: Uint8Array }[] = []

  join(name: string, member: Member): void {
    const members = this.#members.get(name) ?? new Set()
    this.#members.set(name, members)
    members.add(member)
  }

  post(name: string, from: Member, bytes: Uint8Array): void {
    this.posted.push({ name, bytes })
    for (const member of this.#members.get(name) ?? []) {
      if (member === from) continue
      const copy = bytes.slice()
      setTimeout(() => {
        if (member.isOpen) member.message(copy)
      }, 0)
    }
  }

  leave(name: string, member: Member): void {
    this.#members.get(name)?.delete(member)
  }
}

/** The channels of one page; pages of one profile share a table. */
export class MemoryTabs implements TabChannels {
  readonly #table: MemoryTabTable
  readonly #crashes = new Set<() => void>()
  #isCut = false

  constructor(table: MemoryTabTable = new MemoryTabTable()) {
    this.#table = table
  }

  open(
    name: string,
    message: (bytes: Uint8Array) => void,
  ): { post: (bytes: Uint8Array) => void; close: () => void } {
    const heard = (bytes: Uint8Array): void => {
      if (!this.#isCut) message(bytes)
    }
    const member: Member = { message: heard, isOpen: true }
    this.#table.join(name, member)
    const end = (): void => {
      member.isOpen = false
      this.#crashes.delete(end)
      this.#table.leave(name, member)
    }
    this.#crashes.add(end)
    return {
      post: (bytes) => {
        if (member.isOpen && !this.#isCut) this.#table.post(name, member, bytes)
      },
      close: end,
    }
  }

  /** Nothing comes through in either direction until it is healed. */
  cut(isCut = true): void {
    this.#isCut = isCut
  }

  /** As when the page crashes: nothing more is said or heard. */
  crash(): void {
    for (const end of this.#crashes) end()
  }
}
