import type { WriteKind } from '../run/plan.ts'

/** One thing that somebody did in a page, as the test wrote it down: nothing of it is taken from what the page says. */
export type Edit = {
  readonly id: number
  readonly kind: WriteKind
  readonly room: string
  readonly user: string
  /** Which page load wrote it. */
  readonly tab: number
  /** The newest event that the page showed when it was written: it must never be in a log without that one. */
  readonly after: number
  /** The edit before it of the same page in the same room; 0 if there is none. */
  readonly previous: number
  /** What a counter is raised by: to add it twice shows. */
  readonly by: number
  /** The page said that it is on this device's disk. */
  isStored: boolean
  /** The page said that it is on the relay's disk. */
  isAcked: boolean
  /** It was on the relay's disk at some time. */
  wasDurable: boolean
  /** It is in the relay's log now. */
  isInLog: boolean
  /** On how many profiles' disks a row holds it. */
  rowCount: number
  /** A fault destroyed a copy of it: it may be gone, though it may as well come back. */
  isExcused: boolean
  /** The relay lost it, and its own user's device keeps it in the log that is gone. */
  isKept: boolean
}

/** Whether an edit is made in the document; an event otherwise. */
export const isOfDocument = (kind: WriteKind): boolean =>
  kind === 'text' || kind === 'map' || kind === 'delete'

type Written = Pick<Edit, 'kind' | 'room' | 'user' | 'tab' | 'after' | 'by'>

/** All that was ever attempted in a run. */
export class Journal {
  readonly edits: Edit[] = []
  /** By page and room. */
  readonly #newest = new Map<string, number>()

  add({ kind, room, user, tab, after, by }: Written): Edit {
    const id = this.edits.length + 1
    const place = `${tab}/${room}`
    const previous = this.#newest.get(place) ?? 0
    // What is deleted has no trace of its own in an entry.
    if (kind !== 'delete') this.#newest.set(place, id)
    const added = {
      id,
      kind,
      room,
      user,
      tab,
      after,
      previous,
      by,
      isStored: false,
      isAcked: false,
      wasDurable: false,
      isInLog: false,
      rowCount: 0,
      isExcused: false,
      isKept: false,
    }
    this.edits.push(added)
    return added
  }

  get(id: number): Edit | undefined {
    return this.edits[id - 1]
  }
}
