import { encodeEvent } from '../protocol/index.ts'
import type { EntryKey, KeptRun, RoomLink } from '../protocol/index.ts'
import { keptRun } from './kept-log.ts'
import type { KeptLog } from './kept-log.ts'
import type { RoomContent } from './room-content.ts'
import type { RoomStorage } from './room-storage.ts'

export type BeyondLogPorts = {
  readonly content: RoomContent
  readonly storage: RoomStorage
  readonly link: RoomLink
  readonly user: string
  readonly isDurable: boolean
  readonly write: (
    kind: 'update' | 'event',
    body: Uint8Array,
    more?: { readonly origin: EntryKey } | { readonly isApart: true },
  ) => void
  /** C12: offers batches to the relay; {@link BeyondLog.repaired} is called when it has what it takes of them. */
  readonly repair: (run: KeptRun) => void
  /** The new log is read, and what the page has beyond it was written. */
  readonly logRead: () => void
}

/** C9: what a page has and the room's log lacks is written once more. */
export class BeyondLog {
  readonly #ports: BeyondLogPorts
  #isOver = false
  /** What the device kept of the log that is gone, while it is given back. */
  #kept: KeptLog | undefined

  constructor(ports: BeyondLogPorts) {
    this.#ports = ports
  }

  /**
   * Local state is back. What the document brought with it goes on this disk at once; where there is no disk it waits
   * for the log, which may well have it: a page that keeps nothing would otherwise send the whole document every time.
   */
  shown(): void {
    if (this.#ports.isDurable) this.#offerDocument()
  }

  /** The log is read to its head. */
  caughtUp(): void {
    const { content, storage, link, isDurable } = this.#ports
    if (!content.isReadingAnew || !isDurable) return this.#offerAll()
    // The disk may have more of the old log than this page ever saw: another page of this profile put it there.
    const { resets } = link.counters
    storage.load((kept) => {
      if (this.#isOver || link.counters.resets !== resets) return
      this.#kept = kept
      const run = keptRun(link.name, kept)
      // C12: what the relay wrote itself it takes back as it was, whoever's it is; what it does not take is offered anew.
      if (run === undefined) this.repaired()
      else this.#ports.repair(run)
    })
  }

  /** C12: the relay has what it takes of the batches that this device kept. */
  repaired(): void {
    const kept = this.#kept
    this.#kept = undefined
    if (kept === undefined || this.#isOver) return
    this.#ports.content.recall(kept)
    this.#offerAll()
  }

  stop(): void {
    this.#isOver = true
  }

  #offerAll(): void {
    const { content, user, write, logRead } = this.#ports
    this.#offerDocument()
    for (const { name, payload, author, seq } of content.missingEvents(user)) {
      write('event', encodeEvent({ name, payload }), { origin: { author, seq } })
    }
    logRead()
  }

  #offerDocument(): void {
    const missing = this.#ports.content.difference()
    if (missing !== undefined) this.#ports.write('update', missing, { isApart: true })
  }
}
