import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualLockTable, VirtualLocks } from '../browser/virtual-locks.ts'
import { VirtualPage } from '../browser/virtual-page.ts'
import { Process } from '../kernel/process.ts'
import { Scheduler } from '../kernel/scheduler.ts'

class Bench {
  readonly scheduler = new Scheduler()
  readonly table = new VirtualLockTable()
  readonly told: string[] = []

  tab(exist?: boolean): { process: Process; locks: VirtualLocks } {
    const process = new Process(this.scheduler)
    return { process, locks: new VirtualLocks(this.table, process, exist) }
  }

  request(locks: VirtualLocks, who: string, name = 'lock'): () => void {
    return locks.request(name, () => this.told.push(who))
  }

  async after(ms: number): Promise<void> {
    await this.scheduler.runUntil(this.scheduler.now + ms)
  }
}

test('a lock is granted later, to one at a time, in the order of asking', async () => {
  const bench = new Bench()
  const [one, two, three] = [bench.tab(), bench.tab(), bench.tab()]
  const release = bench.request(one.locks, 'one')
  bench.request(two.locks, 'two')
  const stop = bench.request(three.locks, 'three')
  bench.request(three.locks, 'elsewhere', 'another lock')
  assert.deepEqual(bench.told, [])
  await bench.after(1000)
  assert.deepEqual(bench.told, ['one', 'elsewhere'])
  stop()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['one', 'elsewhere'], 'who holds it is told once')
  release()
  release()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['one', 'elsewhere', 'two'])
  two.process.end()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['one', 'elsewhere', 'two'], 'who stopped asking is not told')
})

test('what is released before it was told is never told', async () => {
  const bench = new Bench()
  const [one, two] = [bench.tab(), bench.tab()]
  const release = bench.request(one.locks, 'one')
  bench.request(two.locks, 'two')
  release()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['two'])
})

test('a holder that stands still keeps its lock, and loses it by its end', async () => {
  const bench = new Bench()
  const [one, two] = [bench.tab(), bench.tab()]
  one.locks.hold('lock')
  bench.request(two.locks, 'two')
  one.process.freeze()
  await bench.after(1_000_000)
  assert.deepEqual(bench.told, [])
  assert.equal(bench.table.holder('lock'), one.process)
  one.process.end()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['two'])
})

test('one that stands still is granted a lock all the same, and hears of it when it goes on', async () => {
  const bench = new Bench()
  const [one, two, three] = [bench.tab(), bench.tab(), bench.tab()]
  const release = one.locks.hold('lock')
  bench.request(two.locks, 'two')
  bench.request(three.locks, 'three')
  two.process.freeze()
  release()
  await bench.after(1000)
  assert.deepEqual(bench.told, [])
  assert.equal(bench.table.holder('lock'), two.process)
  two.process.thaw()
  await bench.after(1000)
  assert.deepEqual(bench.told, ['two'])
})

test('where there are no locks nothing is ever granted, and nobody is kept from one', async () => {
  const bench = new Bench()
  const [without, other] = [bench.tab(false), bench.tab()]
  without.locks.hold('lock')()
  without.locks.hold('lock')
  bench.request(without.locks, 'without', 'free')
  bench.request(other.locks, 'other')
  await bench.after(1000)
  assert.equal(without.locks.exist, false)
  assert.deepEqual(bench.told, ['other'])
})

test('a page hears what it goes through, later, and while it is frozen not yet', async () => {
  const bench = new Bench()
  const { process } = bench.tab()
  const page = new VirtualPage(process)
  const stop = page.subscribe((event) => bench.told.push(`${event}, hidden: ${page.isHidden}`))
  page.tell('hidden')
  assert.deepEqual([bench.told, page.isHidden], [[], false])
  await bench.after(1)
  process.freeze()
  page.tell('visible')
  await bench.after(1000)
  assert.deepEqual(bench.told, ['hidden, hidden: true'])
  process.thaw()
  await bench.after(1)
  assert.deepEqual(bench.told, ['hidden, hidden: true', 'visible, hidden: false'])
  stop()
  page.tell('online')
  await bench.after(1)
  assert.equal(bench.told.length, 2)
  assert.equal(new VirtualPage(process, true).isHidden, true)
})
