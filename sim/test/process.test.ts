import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Process } from '../kernel/process.ts'
import { Scheduler } from '../kernel/scheduler.ts'

test('a process that goes on does what waited in the old order, and then what is due now', async () => {
  const scheduler = new Scheduler()
  const process = new Process(scheduler)
  const done: string[] = []
  process.freeze()
  process.at(10, () => done.push('waited'))
  process.at(20, () => {
    done.push('waited longer')
    process.after(0, () => done.push('asked for by what waited'))
  })
  scheduler.at(100, () => process.thaw())
  process.at(100, () => done.push('due'))
  await scheduler.runUntil(1000)
  assert.deepEqual(done, ['waited', 'waited longer', 'due', 'asked for by what waited'])
})

test('what waits is done once, whatever is frozen and thawed, and nothing of it after the end', async () => {
  const scheduler = new Scheduler()
  const process = new Process(scheduler)
  const done: string[] = []
  process.freeze()
  process.after(1, () => {
    done.push('first')
    process.freeze()
    process.thaw()
    process.freeze()
  })
  const giveUp = process.after(2, () => done.push('given up'))
  process.after(3, () => {
    done.push('third')
    process.end()
  })
  process.after(4, () => done.push('fourth'))
  await scheduler.runUntil(10)
  process.thaw()
  await scheduler.runUntil(20)
  assert.deepEqual(done, ['first'])
  giveUp()
  process.thaw()
  await scheduler.runUntil(30)
  assert.deepEqual(done, ['first', 'third'])
  process.thaw()
  await scheduler.runUntil(40)
  assert.deepEqual(done, ['first', 'third'])
})
