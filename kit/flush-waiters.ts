import type { Millis, Outbox } from '../protocol/index.ts'

/** Those who wait for the outbox to come to something: asked again after every change. */
export class FlushWaiters {
  readonly #looks = new Set<() => void>()

  look(): void {
    for (const look of this.#looks) look()
  }

  /**
   * Resolves once `isReached`; rejects with what `failure` gives as soon as it gives something, and with the signal's
   * reason when that is aborted.
   */
  wait(
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

/** Whether everything that was written up to `since` is settled. */
export const isSettledSince = (outbox: Outbox, since: Millis): boolean => {
  for (const { isAcked, heldSince } of outbox.rows())
    if (!isAcked && heldSince <= since) return false
  return outbox.drafts().every((draft) => draft.since > since)
}
