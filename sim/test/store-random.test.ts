import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from '../../relay/stores/memory-store.ts'
import { StoreError } from '../../relay/stores/store.ts'
import type { Append, Store } from '../../relay/stores/store.ts'
import { VirtualDisk } from '../disk/virtual-disk.ts'
import { VirtualStore } from '../disk/virtual-store.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'

const ROOMS = ['a', 'b', 'c']
const OPTIONS = { readMs: [0, 1], syncMs: [1, 8] } as const

type Question = (store: Store) => Promise<string>

/** One thing to ask that may or may not be taken, and how to say what came of it. */
const question = (draws: Draws, disk: VirtualDisk): Question => {
  const room = ROOMS[draws.below(ROOMS.length)]!
  const { head, term: stored } = disk.headOf(room)
  const kind = draws.below(12)
  const near = Math.max(0, draws.chance(0.6) ? head : draws.below(head + 2))
  const term = Math.max(0, stored + [-1, 0, 0, 0, 0, 1][draws.below(6)]!)
  const bytes = draws.bytes(1 + draws.below(9))
  if (kind === 0) return async (store) => JSON.stringify(await store.open(room))
  if (kind === 1) return async (store) => JSON.stringify(await store.read(room, near, 20))
  if (kind === 2) {
    const deletion = { expectHead: near, term, bytes }
    return async (store) => JSON.stringify(await store.delete(room, deletion))
  }
  if (kind === 3) {
    return async (store) => {
      await store.checkpoint(room, near, bytes)
      return 'a checkpoint'
    }
  }
  let before = near
  const appends = Array.from({ length: 1 + draws.below(3) }, (): Append => {
    const expectHead = before
    before += 1 + draws.below(2)
    return { room, expectHead, head: before, term, bytes }
  })
  return async (store) => JSON.stringify(await store.append(appends))
}

const answerOf = (asked: Promise<string>): Promise<string> =>
  asked.catch((error: unknown) => {
    if (error instanceof StoreError) return error.code
    throw error
  })

test('whatever is asked of it, it answers as the store in memory does', async () => {
  const kinds = new Map<string, number>()
  for (let seed = 1; seed <= 30; seed++) {
    const scheduler = new Scheduler()
    const disk = new VirtualDisk()
    const store = new VirtualStore(disk, new Process(scheduler), drawsOf(seed, 'store'), OPTIONS)
    const model = new MemoryStore()
    const draws = drawsOf(seed, 'questions')
    for (let step = 0; step < 60; step++) {
      const ask = question(draws, disk)
      const asked = answerOf(ask(store))
      await scheduler.runUntil(scheduler.now + 100)
      const answer = await asked
      assert.equal(answer, await answerOf(ask(model)), `seed ${seed}, step ${step}`)
      const kind = /ok":true|stale-term|wrong-head|checkpoint/.exec(answer)?.[0] ?? 'read'
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
  }
  for (const kind of ['ok":true', 'stale-term', 'wrong-head', 'checkpoint', 'read']) {
    assert.ok((kinds.get(kind) ?? 0) > 50, `${kind}: ${kinds.get(kind)} times`)
  }
})

/** What happens to a store from which much is asked at once, and whose process ends now and then. */
const trace = async (seed: number): Promise<{ lines: string[]; untold: number }> => {
  const scheduler = new Scheduler()
  const draws = drawsOf(seed, 'world')
  const disk = new VirtualDisk()
  const lines: string[] = []
  let durable = 0
  let told = 0
  disk.onDurable(({ room, head }) => {
    durable++
    lines.push(`${scheduler.now} ${room} ${head}`)
  })
  for (let life = 0; life < 6; life++) {
    const process = new Process(scheduler)
    const store = new VirtualStore(disk, process, drawsOf(seed, `store ${life}`), OPTIONS)
    if (draws.chance(0.3)) store.failNextCommit('commit-failed')
    const heads = new Map(ROOMS.map((room) => [room, disk.headOf(room).head]))
    const write = (): void => {
      const room = ROOMS[draws.below(ROOMS.length)]!
      const head = heads.get(room)! + 1
      heads.set(room, head)
      store.append([{ room, expectHead: head - 1, head, term: 0, bytes: draws.bytes(2) }]).then(
        ([result]) => {
          if (result?.ok === true) {
            told++
            assert.ok(disk.headOf(room).head >= head, 'told of what is not durable')
          } else heads.set(room, disk.headOf(room).head)
          lines.push(`${scheduler.now} told ${room} ${head} ${result?.ok}`)
        },
        (error: unknown) => {
          heads.set(room, disk.headOf(room).head)
          lines.push(`${scheduler.now} ${room} ${head} ${String(error)}`)
        },
      )
      process.after(draws.between(0, 4), write)
    }
    write()
    await scheduler.runUntil(scheduler.now + draws.between(5, 60))
    process.end()
    lines.push(`ended ${JSON.stringify(ROOMS.map((room) => disk.headOf(room).head))}`)
  }
  return { lines, untold: durable - told }
}

test('the same seed gives the same trace, and ends find commits that nobody was told of', async () => {
  let untold = 0
  const traces = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const first = await trace(seed)
    assert.deepEqual((await trace(seed)).lines, first.lines)
    assert.ok(first.untold >= 0, 'more was told than became durable')
    untold += first.untold
    traces.add(first.lines.join('\n'))
  }
  assert.equal(traces.size, 20)
  assert.ok(untold > 0, 'no commit was durable and untold')
})
