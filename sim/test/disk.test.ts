import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreError } from '../../relay/stores/store.ts'
import type { Append } from '../../relay/stores/store.ts'
import { VirtualDisk } from '../disk/virtual-disk.ts'
import { VirtualStore } from '../disk/virtual-store.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'

const SYNC_MS = 5
const LATER_MS = 1000

/** What becomes of a sync under way at the end of its process is drawn: here it is settled. */
const REACHES: Draws = { ...drawsOf(1, 'store'), chance: () => true }
const DOES_NOT_REACH: Draws = { ...drawsOf(1, 'store'), chance: () => false }

class Bench {
  readonly scheduler = new Scheduler()
  readonly disk = new VirtualDisk()
  process = new Process(this.scheduler)
  /** What was told, in order. */
  readonly told: string[] = []

  open(draws: Draws = DOES_NOT_REACH): VirtualStore {
    if (!this.process.isAlive) this.process = new Process(this.scheduler)
    return new VirtualStore(this.disk, this.process, draws, {
      readMs: [0.1, 0.1],
      syncMs: [SYNC_MS, SYNC_MS],
    })
  }

  tell(name: string, promise: Promise<unknown>): void {
    promise.then(
      () => this.told.push(name),
      (error: unknown) => this.told.push(`${name}: ${codeOf(error)}`),
    )
  }

  async after(ms: number): Promise<void> {
    await this.scheduler.runUntil(this.scheduler.now + ms)
  }

  heads(room = 'r'): number[] {
    return this.disk.batches(room).map(({ head }) => head)
  }
}

const codeOf = (error: unknown): string =>
  error instanceof StoreError ? error.code : String(error)

const batch = (head: number, room = 'r'): Append => ({
  room,
  expectHead: head - 1,
  head,
  term: 0,
  bytes: new Uint8Array([head]),
})

test('what was not synced is gone when the process ends, and nobody is told', async () => {
  const bench = new Bench()
  const store = bench.open()
  bench.tell('first', store.append([batch(1)]))
  await bench.after(LATER_MS)
  bench.tell('second', store.append([batch(2)]))
  await bench.after(SYNC_MS - 1)
  bench.process.end()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['first'])
  assert.deepEqual(bench.heads(), [1])
  bench.tell('again', bench.open().append([batch(2)]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['first', 'again'])
  assert.deepEqual(bench.heads(), [1, 2])
})

test('a sync under way at the end may have reached the disk, and nobody is told', async () => {
  const bench = new Bench()
  const store = bench.open(REACHES)
  bench.tell('first', store.append([batch(1), batch(1, 's')]))
  await bench.after(SYNC_MS - 1)
  bench.tell('behind it', store.append([batch(2)]))
  bench.process.end()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, [])
  assert.deepEqual([bench.heads('r'), bench.heads('s')], [[1], [1]])
})

test('what failed or did not fit does not reach the disk by the end of the process', async () => {
  for (const fault of ['failed', 'full'] as const) {
    const bench = new Bench()
    const store = bench.open(REACHES)
    if (fault === 'failed') store.failNextCommit('commit-failed')
    else store.setFull(true)
    bench.tell('append', store.append([batch(1)]))
    await bench.after(SYNC_MS - 1)
    bench.process.end()
    assert.deepEqual(bench.heads(), [], fault)
  }
})

test('the process can end when a commit is durable and before anybody is told', async () => {
  const bench = new Bench()
  bench.tell('append', bench.open().append([batch(1)]))
  bench.disk.onDurable(() => bench.process.end())
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, [])
  assert.deepEqual(bench.heads(), [1])
})

test('the disk says of each batch that it is durable, before its commit is told', async () => {
  const bench = new Bench()
  bench.disk.onDurable(({ room, head }) => bench.told.push(`${room} ${head} is durable`))
  const store = bench.open()
  bench.tell('one', store.append([batch(1), batch(1, 's')]))
  bench.tell('wrong', store.append([batch(9)]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['r 1 is durable', 's 1 is durable', 'one', 'wrong'])
})

test('a sync goes on while the process stands still, which hears of it when it goes on', async () => {
  const bench = new Bench()
  bench.tell('append', bench.open().append([batch(1)]))
  await bench.after(1)
  bench.process.freeze()
  await bench.after(LATER_MS)
  assert.deepEqual([bench.heads(), bench.told], [[1], []])
  bench.process.thaw()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['append'])
})

test('a full disk refuses every commit until there is room, and keeps nothing of them', async () => {
  const bench = new Bench()
  const store = bench.open()
  store.setFull(true)
  bench.tell('one', store.append([batch(1)]))
  await bench.after(LATER_MS)
  bench.tell('two', store.append([batch(1)]))
  await bench.after(LATER_MS)
  store.setFull(false)
  assert.deepEqual(bench.heads(), [])
  bench.tell('three', store.append([batch(1)]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['one: disk-full', 'two: disk-full', 'three'])
})

test('a store that is stuck refuses everything for good, and a new one works', async () => {
  const bench = new Bench()
  const store = bench.open()
  store.failNextCommit('must-restart')
  bench.tell('the one', store.append([batch(1)]))
  await bench.after(1)
  bench.tell('behind it', store.append([batch(1)]))
  await bench.after(LATER_MS)
  bench.tell('later', store.append([batch(1)]))
  bench.tell('read', store.read('r', 0, 1))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, [
    'the one: commit-failed',
    'behind it: must-restart',
    'later: must-restart',
    'read: must-restart',
  ])
  bench.process.end()
  bench.tell('new', bench.open().append([batch(1)]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.heads(), [1])
})

test('a slow disk takes longer for the syncs that begin, until it is well', async () => {
  const bench = new Bench()
  const store = bench.open()
  store.slowBy(100)
  bench.tell('slow', store.append([batch(1)]))
  await bench.after(100)
  store.slowBy(0)
  assert.deepEqual(bench.told, [])
  await bench.after(SYNC_MS + 1)
  bench.tell('fast', store.append([batch(2)]))
  await bench.after(SYNC_MS + 1)
  assert.deepEqual(bench.told, ['slow', 'fast'])
})

test('one store at a time writes: the next one waits for the end of the one before', async () => {
  const bench = new Bench()
  const store = bench.open()
  assert.throws(() => bench.open(), { code: 'in-use' })
  bench.tell('close', store.close())
  await bench.after(1)
  bench.open()
  bench.process.end()
  bench.open()
})

test('a backup holds what was durable when it was made, through later writes and deletions', async () => {
  const bench = new Bench()
  const store = bench.open()
  bench.tell('one', store.append([batch(1), batch(2)]))
  await bench.after(LATER_MS)
  bench.tell('checkpoint', store.checkpoint('r', 1, new Uint8Array([7])))
  await bench.after(LATER_MS)
  const image = bench.disk.snapshot()
  bench.tell('two', store.append([batch(3), batch(1, 's')]))
  await bench.after(LATER_MS)
  bench.tell('delete', store.delete('r', { expectHead: 3, term: 4, bytes: new Uint8Array() }))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['one', 'checkpoint', 'two', 'delete'])
  assert.throws(() => bench.disk.restore(image), /no store/)
  bench.process.end()
  for (const _ of [1, 2]) {
    bench.disk.restore(image)
    assert.deepEqual([bench.heads(), bench.disk.rooms()], [[1, 2], ['r']])
    assert.deepEqual(bench.disk.headOf('r'), { head: 2, term: 0 })
    assert.equal(bench.disk.checkpoint('r')?.through, 1)
    bench.tell('new', bench.open().append([batch(3)]))
    await bench.after(LATER_MS)
    assert.deepEqual(bench.heads(), [1, 2, 3])
    bench.process.end()
  }
})

test('a damaged batch is refused wherever it is read, by its room alone, and is never wrong bytes', async () => {
  const bench = new Bench()
  const store = bench.open()
  bench.tell('append', store.append([batch(1), batch(2), batch(3)]))
  bench.tell('other', store.append([batch(1, 's')]))
  await bench.after(LATER_MS)
  const image = bench.disk.snapshot()
  const hits = new Set<string>()
  for (let seed = 1; seed <= 40; seed++) {
    const room = bench.disk.flipBit(drawsOf(seed, 'flip'))
    assert.ok(room === 'r' || room === 's')
    hits.add(room)
    bench.told.length = 0
    const reader = bench.process.isAlive ? store : bench.open()
    bench.tell('r', reader.read('r', 0, 1000))
    bench.tell('s', reader.read('s', 0, 1000))
    await bench.after(LATER_MS)
    const sound = room === 'r' ? 's' : 'r'
    assert.deepEqual(bench.told.toSorted(), [sound, `${room}: damaged-value`].toSorted())
    assert.equal(bench.disk.isDamaged(room), true)
    const damaged = bench.disk.snapshot()
    bench.process.end()
    bench.disk.restore(image)
    bench.disk.restore(damaged)
    assert.equal(bench.disk.isDamaged(room), true, 'a copy of what is damaged is damaged')
    bench.disk.restore(image)
    assert.equal(bench.disk.isDamaged(room), false)
  }
  assert.deepEqual([...hits].toSorted(), ['r', 's'])
  assert.equal(new VirtualDisk().flipBit(drawsOf(1, 'flip')), undefined)
})

test('where the last batch is damaged a room does not open, and a new store takes nothing for it', async () => {
  const bench = new Bench()
  const first = bench.open()
  bench.tell('append', first.append([batch(1)]))
  await bench.after(LATER_MS)
  assert.equal(bench.disk.flipBit(drawsOf(1, 'flip')), 'r')
  bench.tell('open', first.open('r'))
  bench.tell('remembered', first.append([batch(2)]))
  await bench.after(LATER_MS)
  bench.process.end()
  bench.disk.flipBit({ ...drawsOf(1, 'flip'), below: () => 1 })
  const next = bench.open()
  bench.tell('new', next.append([batch(1, 's'), batch(3)]))
  bench.tell('alone', next.append([batch(1, 't')]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, [
    'append',
    'open: damaged-value',
    'remembered',
    'new: damaged-value',
    'alone',
  ])
  assert.deepEqual(bench.disk.rooms(), ['r', 't'])
})

test('behind a commit that failed a store reads heads anew, and finds what was damaged', async () => {
  const bench = new Bench()
  const store = bench.open()
  bench.tell('append', store.append([batch(1)]))
  await bench.after(LATER_MS)
  bench.disk.flipBit(drawsOf(1, 'flip'))
  store.failNextCommit('commit-failed')
  bench.tell('failed', store.append([batch(2)]))
  await bench.after(LATER_MS)
  bench.tell('again', store.append([batch(2)]))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['append', 'failed: commit-failed', 'again: damaged-value'])
})

test('a damaged checkpoint keeps its room from opening, and not its batches from being read', async () => {
  const bench = new Bench()
  const store = bench.open()
  bench.tell('append', store.append([batch(1)]))
  bench.tell('checkpoint', store.checkpoint('r', 1, new Uint8Array([1])))
  await bench.after(LATER_MS)
  bench.disk.flipBit({ ...drawsOf(1, 'flip'), below: (count) => count - 1 })
  bench.tell('open', store.open('r'))
  bench.tell('read', store.read('r', 0, 1000))
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['append', 'checkpoint', 'open: damaged-value', 'read'])
})
