import type { CoreState } from './core.ts'
import { PROBE_ROOM } from './store-probe.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

/** Whether the relay can serve, and if not, why. */
export type Readiness =
  | { readonly code: 'ready' }
  | { readonly code: string; readonly sentence: string }

/**
 * Asks the core how its writes went, and the store whether it still reads. Never rejects. It tells codes alone: a store's
 * own sentence may name folders, and anybody may ask.
 */
export const readinessOf = async (
  core: { readonly state: CoreState },
  store: Pick<Store, 'open'>,
): Promise<Readiness> => {
  const { state } = core
  if (state === 'draining') return { code: state, sentence: 'The relay is about to stop.' }
  if (state === 'store-failed') return failed(state)
  try {
    await store.open(PROBE_ROOM)
    return { code: 'ready' }
  } catch (error) {
    return failed(error instanceof StoreError ? error.code : 'store-failed')
  }
}

const failed = (code: string): Readiness => ({
  code,
  sentence: 'The relay cannot store at the moment.',
})
