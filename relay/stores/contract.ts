/**
 * What every store owes the relay, as tests. Run it on yours:
 *
 *     storeContract('my store', async () => ({ store: await openMine(), dispose: async () => {} }))
 */
import { describe, it } from 'node:test'
import { failing } from './contract/failures.ts'
import type { StoreUnderTest } from './contract/promise.ts'
import { listing, reading } from './contract/reads.ts'
import { compacting } from './contract/compaction.ts'
import { checkpoints, deleting } from './contract/rooms.ts'
import { appending, refusing } from './contract/writes.ts'

export type { StoreUnderTest } from './contract/promise.ts'

const PROMISES = [
  ...appending,
  ...reading,
  ...refusing,
  ...failing,
  ...checkpoints,
  ...compacting,
  ...deleting,
  ...listing,
]

/** What they return is the runner's to wait for. */
const group: (title: string, register: () => void) => unknown = describe
const register: (title: string, run: () => Promise<void>) => unknown = it

export function storeContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  group(`store contract: ${name}`, () => {
    for (const { title, check } of PROMISES) {
      register(title, async () => {
        const test = await makeStore()
        try {
          await check(test)
        } finally {
          await test.dispose()
        }
      })
    }
  })
}
