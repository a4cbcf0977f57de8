import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import { EVERYTHING, TAKEN, batch, expectLog, headsOf, rejectsWith } from './promise.ts'
import type { StorePromise } from './promise.ts'

const short = (head: number): { head: number; bytes: Uint8Array } => ({
  head,
  bytes: new TextEncoder().encode(`short ${head}`),
})

/** Four batches and a checkpoint behind the third. */
const prepare = async (store: Store): Promise<void> => {
  const heads = [2, 5, 7, 9]
  await store.append([
    ...heads.map((head, at) => batch('r', heads[at - 1] ?? 0, head, 3)),
    batch('q', 0, 2),
    batch('rr', 0, 5),
  ])
  await store.checkpoint('r', 7, new Uint8Array([7]))
}

const textsOf = async (store: Store, room: string): Promise<string[]> =>
  (await store.read(room, 0, EVERYTHING)).map(({ bytes }) => Buffer.from(bytes).toString())

export const compacting: readonly StorePromise[] = [
  {
    title: 'a compaction puts its batches in the place of others, and all else stays as it was',
    check: async ({ store, reopen }) => {
      await prepare(store)
      await store.compact('r', 0, [short(4), short(7)])
      const last = reopen ? await reopen() : store
      assert.deepEqual(await textsOf(last, 'r'), ['short 4', 'short 7', 'r through 9'])
      const { head, term, checkpoint } = await last.open('r')
      assert.deepEqual([head, term, checkpoint?.through], [9, 3, 7])
      assert.deepEqual(await headsOf(last, 'r', 4), [7, 9])
      // Who stands inside one gets it whole, as with any batch.
      assert.deepEqual(await headsOf(last, 'r', 5), [7, 9])
      await expectLog(last, 'q', [2])
      await expectLog(last, 'rr', [5])
      assert.deepEqual(await last.append([batch('r', 9, 11, 3)]), [TAKEN])
    },
  },

  {
    title: 'a compaction may begin behind another one, and take its last batch along',
    check: async ({ store, reopen }) => {
      await prepare(store)
      await store.compact('r', 0, [short(2), short(5)])
      await store.compact('r', 2, [short(7)])
      const last = reopen ? await reopen() : store
      assert.deepEqual(await textsOf(last, 'r'), ['short 2', 'short 7', 'r through 9'])
    },
  },

  {
    title: 'a compaction that would leave a hole, or goes past the checkpoint, changes nothing',
    check: async ({ store }) => {
      await prepare(store)
      const wrong: [after: number, heads: number[]][] = [
        [0, [9]],
        [0, [6]],
        [0, []],
        [1, [7]],
        [0, [5, 5]],
        [0, [7, 5]],
        [5, [5]],
        [5, [2, 7]],
      ]
      for (const [after, heads] of wrong) {
        await rejectsWith('wrong-compaction', store.compact('r', after, heads.map(short)))
      }
      await rejectsWith('wrong-compaction', store.compact('none', 0, [short(1)]))
      await expectLog(store, 'r', [2, 5, 7, 9])
    },
  },

  {
    title: 'appends in the same turn as a compaction stand behind it',
    check: async ({ store, reopen }) => {
      await prepare(store)
      await Promise.all([
        store.append([batch('r', 9, 10, 3)]),
        store.compact('r', 0, [short(7)]),
        store.append([batch('r', 10, 12, 3)]),
      ])
      const last = reopen ? await reopen() : store
      assert.deepEqual(await headsOf(last, 'r', 0), [7, 9, 10, 12])
    },
  },

  {
    title: 'a compaction whose commit fails leaves the log as it was',
    check: async ({ store, failNextCommit, reopen }) => {
      if (failNextCommit === undefined) return
      await prepare(store)
      failNextCommit()
      await assert.rejects(store.compact('r', 0, [short(7)]))
      await expectLog(store, 'r', [2, 5, 7, 9])
      const last = reopen ? await reopen() : store
      await expectLog(last, 'r', [2, 5, 7, 9])
    },
  },
]
