import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { VirtualTabTable, VirtualTabs } from '../net/tab-table.ts'

const bench = () => {
  const scheduler = new Scheduler()
  const table = new VirtualTabTable(drawsOf(1, 'tabs'))
  const page = (name = 'room') => {
    const process = new Process(scheduler)
    const tabs = new VirtualTabs(table, process)
    const heard: number[] = []
    const channel = tabs.open(name, ([byte]) => heard.push(byte!))
    const say = (from: number, count: number): void => {
      for (let at = 0; at < count; at++) channel.post(Uint8Array.of(from + at))
    }
    return { process, tabs, heard, channel, say }
  }
  const after = (ms: number): Promise<void> => scheduler.runUntil(scheduler.now + ms)
  return { table, page, after }
}

const counted = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => from + at)

test('every other page of a name hears what one posts, once and in its order, and nobody of another name', async () => {
  const { page, after } = bench()
  const [one, two, three, other] = [page(), page(), page(), page('another')]
  one.say(0, 20)
  two.say(100, 20)
  await after(100)
  const of = (heard: readonly number[], from: number): number[] =>
    heard.filter((byte) => byte >= from && byte < from + 100)
  assert.deepEqual(one.heard, counted(100, 20))
  assert.deepEqual([of(three.heard, 0), of(three.heard, 100)], [counted(0, 20), counted(100, 20)])
  assert.notDeepEqual(three.heard, [...counted(0, 20), ...counted(100, 20)], 'of two in any order')
  assert.deepEqual(other.heard, [])
})

test('a channel that carries badly loses, doubles and reorders, until it carries well again', async () => {
  const { table, page, after } = bench()
  const [one, two] = [page(), page()]
  table.carrying = { loses: 0.3, doubles: 0.3, delayMs: [0, 1000] }
  one.say(0, 60)
  await after(2000)
  const once = new Set(two.heard)
  assert.ok(once.size < 60 && once.size > 20, `${once.size} came`)
  assert.ok(two.heard.length > once.size, 'some twice')
  assert.notDeepEqual(
    [...once],
    [...once].toSorted((a, b) => a - b),
  )
  table.carryWell()
  two.heard.length = 0
  one.say(0, 60)
  await after(2000)
  assert.deepEqual(two.heard, counted(0, 60))
})

test('who is deaf, gone or has closed hears nothing, and of what comes for who stands still some is lost', async () => {
  const { page, after } = bench()
  const [one, deaf, gone, closed, frozen] = [page(), page(), page(), page(), page()]
  deaf.tabs.isDeaf = true
  gone.process.end()
  closed.channel.close()
  frozen.process.freeze()
  one.say(0, 40)
  deaf.say(100, 1)
  await after(100)
  assert.deepEqual([one.heard, deaf.heard, gone.heard, closed.heard, frozen.heard].flat(), [])
  frozen.process.thaw()
  await after(100)
  assert.ok(frozen.heard.length > 5 && frozen.heard.length < 35)
})
