import { closeReason } from './close-code.ts'
import type { LastEnd } from './session-types.ts'

/** No code at all, or one that only says that there was none: the wire broke. */
const LOST_CODES: readonly number[] = [1005, 1006, 1015]

/** How often connections ended, or could not be made, by cause: the figures that people look at. */
export class Ends {
  readonly #counts = new Map<string, number>()
  #last: string | undefined

  get counts(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** Why the last one ended. */
  get last(): string | undefined {
    return this.#last
  }

  /** `wasOpen`: whether there was a connection that could end. */
  note(end: LastEnd, wasOpen: boolean): void {
    const cause = causeOf(end, wasOpen)
    this.#last = cause
    this.#counts.set(cause, (this.#counts.get(cause) ?? 0) + 1)
  }
}

const causeOf = ({ code, reason, isOfToken }: LastEnd, wasOpen: boolean): string => {
  if (isOfToken === true) return 'no-token'
  if (!wasOpen) return 'unreachable'
  // Code 0: we ended it ourselves, and the reason is the name of a close code.
  if (code === 0) return reason
  return closeReason(code) ?? (LOST_CODES.includes(code) ? 'lost' : String(code))
}
