import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { DirectNet, VirtualPeers } from '../net/direct-net.ts'
import type { DirectEnd } from '../net/direct-net.ts'

const LONG_MS = 40_000

/** One page, with what it was told of a link. */
class Side {
  readonly process: Process
  readonly peers: VirtualPeers
  readonly heard: number[] = []
  readonly told: string[] = []
  end: DirectEnd | undefined

  constructor(scheduler: Scheduler, net: DirectNet) {
    this.process = new Process(scheduler)
    this.peers = new VirtualPeers(net, this.process)
  }

  events(described: (text: string) => void): Parameters<VirtualPeers['call']>[1] {
    return {
      described,
      opened: () => this.told.push('opened'),
      message: ([byte]) => this.heard.push(byte!),
      part: () => undefined,
      closed: () => this.told.push('closed'),
    }
  }
}

const linked = async (isWalled = false) => {
  const scheduler = new Scheduler()
  const net = new DirectNet(drawsOf(1, 'links'))
  const [one, other] = [new Side(scheduler, net), new Side(scheduler, net)]
  other.peers.isWalled = isWalled
  const answer = (text: string): void => {
    const events = other.events((back) => one.end!.answered(back))
    other.end = other.peers.answer({}, text, events) as DirectEnd
  }
  one.end = one.peers.call({}, one.events(answer)) as DirectEnd
  const after = (ms: number): Promise<void> => scheduler.runUntil(scheduler.now + ms)
  await after(1000)
  return { net, one, other, after }
}

const say = (end: DirectEnd | undefined, ...bytes: readonly number[]): boolean[] =>
  bytes.map((byte) => end!.send(Uint8Array.of(byte)))

test('what is said on a link arrives in order, whole and once, both ways', async () => {
  const { one, other, after, net } = await linked()
  assert.deepEqual([one.told, other.told], [['opened'], ['opened']])
  assert.equal(net.open.length, 2)
  say(one.end, 1, 2, 3, 4, 5)
  say(other.end, 6, 7)
  await after(1000)
  assert.deepEqual(
    [other.heard, one.heard],
    [
      [1, 2, 3, 4, 5],
      [6, 7],
    ],
  )
  one.end!.close()
  await after(LONG_MS)
  assert.deepEqual([one.told.at(-1), other.told.at(-1), net.open.length], ['closed', 'closed', 0])
  assert.deepEqual(say(one.end, 8), [false])
})

test('a link does not come about where one of the two is walled off, and an offer is good for one answer', async () => {
  const { one, other, net, after } = await linked(true)
  assert.deepEqual([one.told, other.told, net.open.length], [[], [], 0])
  other.peers.answer({}, 'call 1', other.events(assert.fail))
  await after(1000)
  assert.deepEqual(other.told, ['closed'])
})

test('of a link that is cut nothing under way arrives, and each end hears of it once, soon or late', async () => {
  const { one, other, after } = await linked()
  say(one.end, 1)
  one.end!.cut()
  say(one.end, 2)
  say(other.end, 3)
  await after(LONG_MS)
  assert.deepEqual([one.heard, other.heard], [[], []])
  assert.deepEqual(
    [one.told, other.told],
    [
      ['opened', 'closed'],
      ['opened', 'closed'],
    ],
  )
})

test('what is said next on a link may be lost, and nothing behind it is', async () => {
  const { one, other, after } = await linked()
  one.end!.loseNext()
  assert.deepEqual(say(one.end, 1, 2, 3), [true, true, true])
  await after(1000)
  assert.deepEqual(other.heard, [2, 3])
})

test('a link that is dead tells nobody, and what a page that stands still is told waits', async () => {
  const { one, other, after } = await linked()
  one.end!.eat()
  assert.deepEqual(say(one.end, 1), [true])
  other.process.freeze()
  say(other.end, 2)
  await after(LONG_MS)
  assert.deepEqual([one.heard, other.heard, one.told, other.told].flat(), [2, 'opened', 'opened'])
  assert.deepEqual([one.end!.isSound, other.end!.isSound], [false, true])
})

test('when a page ends the other one hears of it, and the page of nothing', async () => {
  const { one, other, after, net } = await linked()
  say(other.end, 1)
  one.process.end()
  await after(LONG_MS)
  assert.deepEqual([one.heard, one.told, other.told.at(-1)], [[], ['opened'], 'closed'])
  assert.equal(net.open.length, 0)
})
