import { test } from 'node:test'
import { storageContract } from '../../kit/testing/storage-contract.ts'
import { VirtualProfile } from '../browser/virtual-profile.ts'
import { VirtualStorage } from '../browser/virtual-storage.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { startPump } from './pump.ts'
import type { Pump } from './pump.ts'

const pumps: Pump[] = []

storageContract(
  'virtual',
  () => {
    const scheduler = new Scheduler()
    pumps.push(startPump(scheduler))
    const profile = new VirtualProfile()
    const draws = drawsOf(1, 'storage')
    const options = { beginMs: [0.2, 2], doneMs: [0, 1] } as const
    return { open: () => new VirtualStorage(profile, new Process(scheduler), draws, options) }
  },
  (title, run) =>
    void test(title, async () => {
      try {
        await run()
      } finally {
        for (const pump of pumps.splice(0)) pump.stop()
      }
    }),
)
