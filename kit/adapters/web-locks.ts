import type { Locks } from '../ports.ts'

/** Locks between the pages of one origin. An insecure origin has none: there nothing is ever granted, and holding is a no-op. */
export const webLocks = (
  manager: LockManager | undefined = globalThis.navigator?.locks,
): Locks => ({
  exist: manager !== undefined,
  hold: (name) =>
    take(manager, name, () => {
      // To hold it is all.
    }),
  request: (name, granted) => take(manager, name, granted),
})

const take = (
  manager: LockManager | undefined,
  name: string,
  granted: () => void,
): (() => void) => {
  if (manager === undefined) return () => {}
  const asking = new AbortController()
  let isReleased = false
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const asked = manager.request(name, { mode: 'exclusive', signal: asking.signal }, () => {
    // On its own, so that what it throws is not taken for a refusal.
    queueMicrotask(() => {
      if (!isReleased) granted()
    })
    return held
  })
  // Refused means never granted, as where there are no locks: we gave up asking, or the page may have none
  // (a sandboxed frame, a document on its way out).
  asked.catch(() => {})
  return () => {
    isReleased = true
    asking.abort()
    release()
  }
}
