import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoomName } from '../../protocol/index.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { bench, turns, until } from './core-bench.ts'

const ROOM = 'room' as RoomName

test('S17: a room is deleted under those who are in it, stays deleted over restarts, and no other room notices', async () => {
  const disk = new MemoryDisk()
  const one = bench({ store: new MemoryStore({ disk }) })
  const ada = await one.writer('ada')
  ada.append(1, ['a', 'b'])
  const other = one.peer().hello().join(1, 'other')
  await other.got('joined')
  await until(() => one.core.figures().recordsAppended === 2, 'two records')
  assert.equal(await one.core.deleteRoom(ROOM), true)
  const { code, retryAfterMs, reason } = await ada.got('parted')
  assert.deepEqual([code, retryAfterMs, reason], ['room-deleted', 0, 'This room was deleted.'])
  assert.deepEqual(other.all('parted'), [])
  // A returning outbox brings nothing back.
  ada.join(2).open(2, 'ada', 2).append(3, ['c'], 2)
  assert.equal((await ada.got('parted', 2)).code, 'room-deleted')
  await turns(5)
  const { head, deleted } = await new MemoryStore({ disk }).open(ROOM)
  assert.equal(head, 0)
  assert.ok('deletedAtMs' in JSON.parse(new TextDecoder().decode(deleted)))
  const next = bench({ store: new MemoryStore({ disk }) })
  const late = next.peer().hello().join()
  assert.equal((await late.got('parted')).code, 'room-deleted')
  assert.equal(await next.core.deleteRoom(ROOM), false)
  assert.equal(await next.core.deleteRoom('never' as RoomName), false)
  // A name that nobody wrote under is still free.
  const fresh = next.peer().hello().join(1, 'never')
  await fresh.got('joined')
})

test('S17, S3: what is under way to the disk gets there first, and is deleted with the rest; who comes meanwhile waits', async () => {
  const store = new MemoryStore()
  const one = bench({ store })
  const ada = await one.writer('ada')
  const release = store.holdCommits()
  ada.append(1, ['a'])
  await turns(3)
  const deletion = one.core.deleteRoom(ROOM)
  const late = one.peer().hello().join()
  await turns(5)
  assert.deepEqual([late.all('joined'), late.all('parted')], [[], []])
  release()
  assert.equal(await deletion, true)
  assert.equal((await late.got('parted')).code, 'room-deleted')
  assert.equal((await store.open(ROOM)).head, 0)
})

test('S17: a deletion that the store does not take leaves the room as it was', async () => {
  const store = new MemoryStore()
  const one = bench({ store })
  const ada = await one.writer('ada')
  ada.append(1, ['a'])
  await until(() => one.core.figures().recordsAppended === 1, 'one record')
  store.failNextCommit()
  await assert.rejects(one.core.deleteRoom(ROOM))
  const back = one.peer().hello().join()
  assert.equal((await back.got('joined')).head, 1)
})

/** Opens of a room end when the test says so. */
class SlowStore extends MemoryStore {
  readonly waiting: (() => void)[] = []
  isSlow = false

  override async open(room: string): ReturnType<MemoryStore['open']> {
    const state = await super.open(room)
    if (this.isSlow) await new Promise<void>((resolve) => this.waiting.push(resolve))
    return state
  }
}

test('S17: a room that is being loaded when it is deleted is served to nobody out of what was read before', async () => {
  const disk = new MemoryDisk()
  const ada = await bench({ store: new MemoryStore({ disk }) }).writer('ada')
  ada.append(1, ['a', 'b'])
  await until(() => (disk.rooms.get(ROOM)?.head ?? 0) === 2, 'two records on disk')
  const store = new SlowStore({ disk })
  const one = bench({ store })
  store.isSlow = true
  const early = one.peer().hello().join()
  await until(() => store.waiting.length === 1, 'the load has begun')
  const deletion = one.core.deleteRoom(ROOM)
  const late = one.peer().hello().join()
  await turns(5)
  store.isSlow = false
  for (const go of store.waiting) go()
  assert.equal(await deletion, true)
  assert.equal((await early.got('parted')).code, 'room-deleted')
  assert.equal((await late.got('parted')).code, 'room-deleted')
  const later = one.peer().hello().join()
  assert.equal((await later.got('parted')).code, 'room-deleted')
  assert.deepEqual([early.all('joined'), late.all('joined'), later.all('joined')], [[], [], []])
})

test('S17: two who delete one room at once are answered one after the other, and the second has nothing to delete', async () => {
  const store = new MemoryStore()
  const one = bench({ store })
  const ada = await one.writer('ada')
  ada.append(1, ['a'])
  await until(() => one.core.figures().recordsAppended === 1, 'one record')
  assert.deepEqual(await Promise.all([one.core.deleteRoom(ROOM), one.core.deleteRoom(ROOM)]), [
    true,
    false,
  ])
  const held = new MemoryStore()
  const other = bench({ store: held })
  const bob = await other.writer('bob')
  const release = held.holdCommits()
  bob.append(1, ['a'])
  await turns(3)
  const both = Promise.all([other.core.deleteRoom(ROOM), other.core.deleteRoom(ROOM)])
  await turns(3)
  release()
  assert.deepEqual(await both, [true, false])
})
