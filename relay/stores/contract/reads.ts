import assert from 'node:assert/strict'
import { EVERYTHING, TAKEN, batch, expectLog, headsOf, turns } from './promise.ts'
import type { StorePromise } from './promise.ts'

export const reading: readonly StorePromise[] = [
  {
    title: '`after` is exclusive, and a batch that reaches past it comes whole',
    check: async ({ store }) => {
      await store.append([batch('r', 0, 3), batch('r', 3, 6), batch('r', 6, 7)])
      assert.deepEqual(await headsOf(store, 'r', 0), [3, 6, 7])
      assert.deepEqual(await headsOf(store, 'r', 3), [6, 7])
      assert.deepEqual(await headsOf(store, 'r', 4), [6, 7])
      assert.deepEqual(await headsOf(store, 'r', 6), [7])
      assert.deepEqual(await headsOf(store, 'r', 7), [])
      assert.deepEqual(await headsOf(store, 'r', 99), [])
    },
  },

  {
    title: 'a page has at least one batch and then stays within maxBytes',
    check: async ({ store }) => {
      const bytes = new Uint8Array(10)
      await store.append([1, 2, 3].map((head) => ({ ...batch('r', head - 1, head), bytes })))
      assert.deepEqual(await headsOf(store, 'r', 0, 0), [1])
      assert.deepEqual(await headsOf(store, 'r', 0, 19), [1])
      assert.deepEqual(await headsOf(store, 'r', 0, 20), [1, 2])
      assert.deepEqual(await headsOf(store, 'r', 1, 1000), [2, 3])
    },
  },

  {
    title: 'offsets are ordered as numbers',
    check: async ({ store }) => {
      const heads = [9, 10, 99, 100, 255, 256, 65_536, 2 ** 32, 2 ** 32 + 1, 2 ** 52]
      let before = 0
      for (const head of heads) {
        assert.deepEqual(await store.append([batch('r', before, head)]), [TAKEN])
        before = head
      }
      await expectLog(store, 'r', heads)
      assert.equal((await store.open('r')).head, 2 ** 52)
    },
  },

  {
    title: 'what was read stays as it is when more is read',
    check: async ({ store }) => {
      await store.append([batch('r', 0, 1), batch('s', 0, 1)])
      const first = await store.read('r', 0, EVERYTHING)
      await store.read('s', 0, EVERYTHING)
      await store.append([batch('r', 1, 2)])
      assert.deepEqual([...(first[0]?.bytes ?? [])], [...batch('r', 0, 1).bytes])
    },
  },

  {
    title: 'nothing is readable or resolved before it is on disk',
    check: async ({ store, holdCommits }) => {
      if (!holdCommits) return
      await store.append([batch('r', 0, 1)])
      const release = holdCommits()
      let isResolved = false
      const appended = store.append([batch('r', 1, 2)]).then(() => (isResolved = true))
      await turns(5)
      assert.equal(isResolved, false)
      await expectLog(store, 'r', [1])
      assert.equal((await store.open('r')).head, 1)
      release()
      await appended
      await expectLog(store, 'r', [1, 2])
    },
  },
]

export const listing: readonly StorePromise[] = [
  {
    title:
      'rooms whose names begin alike are kept apart, and are listed in the order of their bytes',
    check: async ({ store, reopen }) => {
      const rooms = [
        'a',
        'a!',
        'aa',
        'a.b',
        'a~',
        'b',
        'B',
        'é',
        '房間',
        '\u0001',
        'a\u0001',
        'x'.repeat(128),
      ]
      await store.append(rooms.map((room, i) => batch(room, 0, i + 1)))
      const last = reopen ? await reopen() : store
      for (const [i, room] of rooms.entries()) await expectLog(last, room, [i + 1])
      const sorted = rooms.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.deepEqual(await last.rooms(), sorted)
    },
  },
]
