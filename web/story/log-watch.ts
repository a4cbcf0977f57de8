import type { LogRecord, RoomLog } from './room-log.ts'

type Found = {
  /** New records in their order, and where the log ends now. */
  readonly records: (records: readonly LogRecord[], head: number) => void
  readonly answers: (isAnswering: boolean) => void
}

const POLL_MS = 1500

/** Follows the log of one room: asks for what is new when somebody has heard of it, and now and then. */
export class LogWatch {
  readonly #read: (after: number) => Promise<RoomLog>
  readonly #found: Found
  readonly #timer: ReturnType<typeof setInterval>
  #known = 0
  #heardOf = 0
  #isReading = false
  #isStopped = false

  constructor(read: (after: number) => Promise<RoomLog>, found: Found) {
    this.#read = read
    this.#found = found
    this.#timer = setInterval(() => void this.look(), POLL_MS)
    void this.look()
  }

  /** Somebody has heard of a record at this offset. */
  hearOf(offset: number): void {
    if (offset <= this.#heardOf) return
    this.#heardOf = offset
    if (offset > this.#known) void this.look()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    if (this.#isReading || this.#isStopped) return
    this.#isReading = true
    try {
      const { head, records } = await this.#read(this.#known)
      if (this.#isStopped) return
      this.#known = head
      this.#found.answers(true)
      this.#found.records(records, head)
    } catch {
      // What went wrong is all the same here: nobody says what is on the disk.
      if (!this.#isStopped) this.#found.answers(false)
      return
    } finally {
      this.#isReading = false
    }
    if (this.#heardOf > this.#known) void this.look()
  }
}
