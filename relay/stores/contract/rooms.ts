import assert from 'node:assert/strict'
import { EVERYTHING, TAKEN, batch, expectLog, rejectsWith } from './promise.ts'
import type { StorePromise } from './promise.ts'

export const checkpoints: readonly StorePromise[] = [
  {
    title: 'a checkpoint comes back with the room, replaces the last one and hides no batch',
    check: async ({ store, reopen }) => {
      await store.append([batch('r', 0, 3), batch('r', 3, 5)])
      await store.checkpoint('r', 3, new Uint8Array([1]))
      await store.checkpoint('r', 5, new Uint8Array([2, 2]))
      const last = reopen ? await reopen() : store
      const { checkpoint, ...rest } = await last.open('r')
      assert.deepEqual(rest, { head: 5, term: 0 })
      assert.equal(checkpoint?.through, 5)
      assert.deepEqual([...checkpoint.bytes], [2, 2])
      await expectLog(last, 'r', [3, 5])
      assert.equal((await last.open('other')).checkpoint, undefined)
    },
  },

  {
    title:
      'a checkpoint may be asked for in the turn of its batch, but not past the head or backwards',
    check: async ({ store }) => {
      await Promise.all([
        store.append([batch('r', 0, 5)]),
        store.checkpoint('r', 5, new Uint8Array([1])),
      ])
      await rejectsWith('wrong-checkpoint', store.checkpoint('r', 6, new Uint8Array([2])))
      await rejectsWith('wrong-checkpoint', store.checkpoint('r', 4, new Uint8Array([3])))
      assert.deepEqual([...((await store.open('r')).checkpoint?.bytes ?? [])], [1])
    },
  },
]

export const deleting: readonly StorePromise[] = [
  {
    title: 'a delete takes the log and the checkpoint, keeps the term and its own bytes',
    check: async ({ store, reopen }) => {
      await store.append([
        batch('r', 0, 3, 4),
        batch('r', 3, 5, 4),
        batch('rr', 0, 1),
        batch('q', 0, 1),
      ])
      await store.checkpoint('r', 3, new Uint8Array([1]))
      const bytes = new Uint8Array([8, 8])
      assert.deepEqual(await store.delete('r', { expectHead: 5, term: 4, bytes }), TAKEN)
      const last = reopen ? await reopen() : store
      const { deleted, ...state } = await last.open('r')
      assert.deepEqual(state, { head: 0, term: 4 })
      assert.deepEqual([...(deleted ?? [])], [8, 8])
      assert.deepEqual(await last.read('r', 0, EVERYTHING), [])
      assert.deepEqual(await last.rooms(), ['q', 'rr'])
      const stale = { ok: false, code: 'stale-term', head: 0, term: 4 }
      assert.deepEqual(await last.append([batch('r', 0, 1, 3)]), [stale])
      assert.deepEqual(await last.append([batch('r', 0, 2, 4)]), [TAKEN])
      await expectLog(last, 'r', [2])
      assert.deepEqual([...((await last.open('r')).deleted ?? [])], [8, 8])
    },
  },

  {
    title: 'a delete is refused where the head moved or the term is too low',
    check: async ({ store }) => {
      await store.append([batch('r', 0, 3, 4)])
      const bytes = new Uint8Array(0)
      const room = { head: 3, term: 4 }
      assert.deepEqual(await store.delete('r', { expectHead: 2, term: 4, bytes }), {
        ok: false,
        code: 'wrong-head',
        ...room,
      })
      assert.deepEqual(await store.delete('r', { expectHead: 3, term: 3, bytes }), {
        ok: false,
        code: 'stale-term',
        ...room,
      })
      await expectLog(store, 'r', [3])
    },
  },

  {
    title: 'appends before and behind a delete in the same turn end up on their side of it',
    check: async ({ store }) => {
      await store.append([batch('r', 0, 1)])
      const bytes = new Uint8Array([1])
      const results = await Promise.all([
        store.append([batch('r', 1, 2)]),
        store.delete('r', { expectHead: 2, term: 1, bytes }),
        store.append([batch('r', 0, 7, 1)]),
      ])
      assert.deepEqual(results, [[TAKEN], TAKEN, [TAKEN]])
      await expectLog(store, 'r', [7])
    },
  },
]
