import type { Millis, Outbox } from '../protocol/index.ts'
import { HoldfastError } from './holdfast-error.ts'

/** What is waited for, and undefined before local state is back. */
type OutboxNow = () => Outbox | undefined

/** Those who wait for the outbox to come to something: asked again after every change. */
export class FlushWaiters {
  readonly #outbox: OutboxNow
  readonly #isClosed: () => boolean
  readonly #looks = new Set<() => void>()

  constructor(outbox: OutboxNow, isClosed: () => boolean) {
    this.#outbox = outbox
    this.#isClosed = isClosed
  }

  look(): void {
    for (const look of this.#looks) look()
  }

  /** Resolves once all that was written up to `since` is settled; rejects when the room is closed before. */
  settled(since: Millis, signal: AbortSignal | undefined): Promise<void> {
    const isSettled = (): boolean => {
      const outbox = this.#outbox()
      return outbox !== undefined && isSettledSince(outbox, since)
    }
    const closed = (): Error | undefined =>
      this.#isClosed()
        ? new HoldfastError('closed', 'The room was closed before it was flushed.')
        : undefined
    return this.#wait(isSettled, closed, signal)
  }

  /** Resolves once everything that was to be kept is kept, or the disk does not take it. */
  onDisk(): Promise<void> {
    return this.#wait(() => this.isOnDisk)
  }

  get isOnDisk(): boolean {
    const outbox = this.#outbox()
    return outbox === undefined || outbox.isSettledOnDisk || !outbox.canReachDisk
  }

  /**
   * Resolves once `isReached`; rejects with what `failure` gives as soon as it gives something, and with the signal's
   * reason when that is aborted.
   */
  #wait(
    isReached: () => boolean,
    failure: () => Error | undefined = () => undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#looks.delete(look)
        signal?.removeEventListener('abort', look)
      }
      const look = (): void => {
        const error = signal?.aborted === true ? (signal.reason as Error) : failure()
        if (error !== undefined) {
          end()
          reject(error)
        } else if (isReached()) {
          end()
          resolve()
        }
      }
      this.#looks.add(look)
      signal?.addEventListener('abort', look)
      look()
    })
  }
}

/** Whether everything of this profile that was written up to `since` is settled. */
const isSettledSince = (outbox: Outbox, since: Millis): boolean => {
  for (const { isAcked, heldSince, row } of outbox.rows())
    if (!isAcked && heldSince <= since && row.proof !== undefined) return false
  return outbox.drafts().every((draft) => draft.since > since)
}
