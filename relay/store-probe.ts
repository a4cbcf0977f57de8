import type { Store } from './stores/store.ts'

/** Begins as no room's name may (W5): asking for it reads the disk and finds nothing. */
export const PROBE_ROOM = '~probe'

/** First choice of ours: so long may pages say `saved` of a store that somebody has removed. */
const EVERY_MS = 2000

/** A relay that nobody writes to does not learn from its commits what became of its store. Returns how to stop. */
export const watchStore = (
  store: Pick<Store, 'open'>,
  failed: (error: unknown) => void,
): (() => void) => {
  const timer = setInterval(() => {
    store.open(PROBE_ROOM).catch(failed)
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
