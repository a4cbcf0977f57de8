import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openLmdbStore } from './stores/lmdb-store.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

/** Does something with the store of a folder while no relay runs; makes none where there is none. Rejects with a {@link StoreError}. */
export const withExistingStore = async <Result>(
  dir: string,
  run: (store: Store) => Promise<Result>,
): Promise<Result> => {
  if (!existsSync(join(dir, 'data.mdb'))) {
    throw new StoreError('unreadable-store', `There is no store in ${dir}.`)
  }
  const store = await openLmdbStore(dir, { isThorough: true })
  try {
    return await run(store)
  } finally {
    await store.close()
  }
}
