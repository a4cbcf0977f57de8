import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '../stores/contract.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'

storeContract('memory', async () => {
  const disk = new MemoryDisk()
  const store = new MemoryStore({ disk })
  return {
    store,
    reopen: async () => {
      await store.close()
      return new MemoryStore({ disk })
    },
    failNextCommit: () => store.failNextCommit(),
    holdCommits: () => store.holdCommits(),
    dispose: () => store.close(),
  }
})

storeContract('lmdb', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-store-'))
  const opened = [await openLmdbStore(dir)]
  return {
    store: opened[0]!,
    reopen: async () => {
      await opened.at(-1)?.close()
      const again = await openLmdbStore(dir)
      opened.push(again)
      return again
    },
    dispose: async () => {
      for (const store of opened) await store.close()
      await rm(dir, { recursive: true })
    },
  }
})
