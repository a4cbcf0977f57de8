import assert from 'node:assert/strict'
import type { Append } from '../store.ts'
import { EVERYTHING, TAKEN, batch, expectLog, rejectsWith } from './promise.ts'
import type { StorePromise } from './promise.ts'

export const appending: readonly StorePromise[] = [
  {
    title: 'a room that was never written has head 0 and no batches',
    check: async ({ store }) => {
      assert.deepEqual(await store.open('r'), { head: 0, term: 0 })
      assert.deepEqual(await store.read('r', 0, EVERYTHING), [])
    },
  },

  {
    title: 'what is resolved is there, in order, also after reopening',
    check: async ({ store, reopen }) => {
      assert.deepEqual(await store.append([batch('r', 0, 3, 1)]), [TAKEN])
      assert.deepEqual(await store.append([batch('r', 3, 4, 2)]), [TAKEN])
      await expectLog(store, 'r', [3, 4])
      assert.deepEqual(await store.open('r'), { head: 4, term: 2 })
      if (!reopen) return
      const again = await reopen()
      await expectLog(again, 'r', [3, 4])
      assert.deepEqual(await again.open('r'), { head: 4, term: 2 })
      assert.deepEqual(await again.append([batch('r', 4, 5, 2)]), [TAKEN])
    },
  },

  {
    title: 'batches of one turn build on one another, in one call and in several',
    check: async ({ store }) => {
      const results = await Promise.all([
        store.append([batch('r', 0, 1), batch('r', 1, 2), batch('s', 0, 5)]),
        store.append([batch('r', 2, 4)]),
      ])
      assert.deepEqual(results, [[TAKEN, TAKEN, TAKEN], [TAKEN]])
      await expectLog(store, 'r', [1, 2, 4])
      await expectLog(store, 's', [5])
    },
  },

  {
    title: 'many rooms at once are resolved in order, each with its own log',
    check: async ({ store }) => {
      const rooms = Array.from({ length: 40 }, (_, i) => `room-${i}`)
      const order: string[] = []
      const appends = rooms.flatMap((room) =>
        [1, 2, 3].map(async (head) => {
          assert.deepEqual(await store.append([batch(room, head - 1, head)]), [TAKEN])
          order.push(`${room} ${head}`)
        }),
      )
      await Promise.all(appends)
      assert.deepEqual(
        order,
        rooms.flatMap((room) => [1, 2, 3].map((head) => `${room} ${head}`)),
      )
      for (const room of rooms) await expectLog(store, room, [1, 2, 3])
    },
  },

  {
    title: 'takes empty, big and many values, and the caller may reuse its buffer at once',
    check: async ({ store }) => {
      const big = new Uint8Array(2 ** 20).map((_, i) => i * 7)
      await store.append([
        { ...batch('r', 0, 1), bytes: new Uint8Array(0) },
        { ...batch('r', 1, 2), bytes: big },
      ])
      const many = Array.from({ length: 2000 }, (_, i) => batch('m', i, i + 1))
      await store.append(many)
      const buffer = new Uint8Array([1, 2, 3])
      const appended = store.append([{ ...batch('b', 0, 1), bytes: buffer }])
      buffer.fill(0)
      await appended
      const [empty, stored] = await store.read('r', 0, EVERYTHING)
      assert.equal(empty?.bytes.length, 0)
      assert.ok(stored && Buffer.compare(stored.bytes, big) === 0)
      assert.equal((await store.read('m', 0, EVERYTHING)).length, 2000)
      assert.deepEqual([...((await store.read('b', 0, 9))[0]?.bytes ?? [])], [1, 2, 3])
    },
  },

  {
    title: 'no call at all is a commit of nothing',
    check: async ({ store }) => assert.deepEqual(await store.append([]), []),
  },
]

export const refusing: readonly StorePromise[] = [
  {
    title: 'a wrong head is refused alone, in the same commit, and told the right one',
    check: async ({ store }) => {
      await store.append([batch('r', 0, 5, 3)])
      const refusal = { ok: false, code: 'wrong-head', head: 5, term: 3 }
      const results = await Promise.all([
        store.append([batch('q', 0, 1), batch('r', 0, 2, 3), batch('s', 0, 1)]),
        store.append([batch('r', 4, 6, 3)]),
        store.append([batch('r', 7, 8, 3), batch('t', 0, 1)]),
        store.append([batch('r', 5, 6, 3)]),
      ])
      assert.deepEqual(results, [[TAKEN, refusal, TAKEN], [refusal], [refusal, TAKEN], [TAKEN]])
      for (const room of ['q', 's', 't']) await expectLog(store, room, [1])
      await expectLog(store, 'r', [5, 6])
    },
  },

  {
    title: 'a lower term is refused, whatever its head; an equal or higher one is taken',
    check: async ({ store, reopen }) => {
      await store.append([batch('r', 0, 1, 2)])
      await store.append([batch('r', 1, 2, 7)])
      const stale = { ok: false, code: 'stale-term', head: 2, term: 7 }
      assert.deepEqual(await store.append([batch('r', 2, 3, 6)]), [stale])
      assert.deepEqual(await store.append([batch('r', 0, 3, 6)]), [stale])
      const last = reopen ? await reopen() : store
      assert.deepEqual(await last.append([batch('r', 2, 3, 6), batch('r', 2, 3, 7)]), [
        stale,
        TAKEN,
      ])
      await expectLog(last, 'r', [1, 2, 3])
    },
  },

  {
    title: "a caller's mistake is a coded error and stores nothing",
    check: async ({ store }) => {
      const mistakes: Append[] = [
        batch('r', 1, 1),
        batch('r', 2, 1),
        batch('r', -1, 1),
        batch('r', 0, 1.5),
        batch('r', 0, 2 ** 53),
        batch('r', 0, 1, -1),
        batch('', 0, 1),
        batch('x'.repeat(513), 0, 1),
        batch('a\0b', 0, 1),
        batch('\ud800', 0, 1),
      ]
      for (const mistake of mistakes) {
        await rejectsWith('bad-argument', store.append([batch('good', 0, 1), mistake]))
      }
      await rejectsWith('bad-argument', store.read('r', -1, 1))
      await rejectsWith('bad-argument', store.open(''))
      assert.deepEqual(await store.rooms(), [])
    },
  },
]
