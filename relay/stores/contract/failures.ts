import assert from 'node:assert/strict'
import { StoreError } from '../store.ts'
import type { Store } from '../store.ts'
import { TAKEN, batch, expectLog, rejectsWith, turns } from './promise.ts'
import type { StorePromise } from './promise.ts'

export const failing: readonly StorePromise[] = [
  {
    title: 'a failed commit leaves nothing behind in any room, and later ones work',
    check: async ({ store, failNextCommit, reopen }) => {
      if (!failNextCommit) return
      await store.append([batch('r', 0, 1, 1)])
      failNextCommit()
      const failed = await Promise.allSettled([
        store.append([batch('r', 1, 2, 9), batch('s', 0, 1)]),
        store.append([batch('t', 0, 1)]),
        store.checkpoint('r', 1, new Uint8Array([1])),
      ])
      for (const outcome of failed) {
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreError)
        assert.equal(outcome.reason.code, 'commit-failed')
      }
      const expectNothing = async (open: Store): Promise<void> => {
        assert.deepEqual(await open.rooms(), ['r'])
        assert.deepEqual(await open.open('r'), { head: 1, term: 1 })
        await expectLog(open, 'r', [1])
        assert.deepEqual(await open.open('s'), { head: 0, term: 0 })
      }
      await expectNothing(store)
      const last = reopen ? await reopen() : store
      await expectNothing(last)
      assert.deepEqual(await last.append([batch('r', 1, 2, 1), batch('s', 0, 1)]), [TAKEN, TAKEN])
      await expectLog(last, 'r', [1, 2])
    },
  },

  {
    title: 'what was asked behind a failed commit and builds on it is refused',
    check: async ({ store, failNextCommit, holdCommits }) => {
      if (!failNextCommit || !holdCommits) return
      const release = holdCommits()
      failNextCommit()
      const first = store.append([batch('r', 0, 1)])
      const isRejected = rejectsWith('commit-failed', first)
      await turns(3)
      const second = store.append([batch('r', 1, 2), batch('s', 0, 1)])
      release()
      await isRejected
      assert.deepEqual(await second, [{ ok: false, code: 'wrong-head', head: 0, term: 0 }, TAKEN])
    },
  },

  {
    title: 'a closed store says so, and has committed what was asked for before',
    check: async ({ store, reopen }) => {
      const appended = store.append([batch('r', 0, 1)])
      await store.close()
      await store.close()
      assert.deepEqual(await appended, [TAKEN])
      await rejectsWith('closed', store.append([batch('r', 1, 2)]))
      await rejectsWith('closed', store.open('r'))
      await rejectsWith('closed', store.read('r', 0, 1))
      await rejectsWith('closed', store.rooms())
      if (reopen) await expectLog(await reopen(), 'r', [1])
    },
  },
]
