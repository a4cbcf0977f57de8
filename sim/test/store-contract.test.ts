import { storeContract } from '../../relay/stores/contract.ts'
import { VirtualDisk } from '../disk/virtual-disk.ts'
import { VirtualStore } from '../disk/virtual-store.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { HELD_MS, startPump } from './pump.ts'

const OPTIONS = { readMs: [0, 0.2], syncMs: [1, 8] } as const

storeContract('virtual', async () => {
  const scheduler = new Scheduler()
  const pump = startPump(scheduler)
  const disk = new VirtualDisk()
  const open = (): VirtualStore =>
    new VirtualStore(disk, new Process(scheduler), drawsOf(1, 'store'), OPTIONS)
  const store = open()
  return {
    store,
    reopen: async () => {
      await store.close()
      return open()
    },
    failNextCommit: () => store.failNextCommit('commit-failed'),
    holdCommits: () => {
      store.slowBy(HELD_MS)
      pump.hold()
      return () => {
        store.slowBy(0)
        pump.release()
      }
    },
    dispose: async () => pump.stop(),
  }
})
