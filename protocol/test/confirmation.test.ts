import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Confirmation } from '../confirmation.ts'

const REF = 4

/** A page that reads, and a timer that is set as `deadline` says. */
class Bench {
  readonly machine = new Confirmation()
  /** When it told how far it has read. */
  readonly told: [atMs: number, through: number][] = []
  /** How often a timer had to be set. */
  timers = 0
  #through = 0
  #now = 0
  #wakeAt: number | undefined

  /** Timers run on the way. */
  at(now: number): this {
    while (this.#wakeAt !== undefined && this.#wakeAt <= now) {
      this.#now = this.#wakeAt
      this.#wakeAt = undefined
      this.#look()
    }
    this.#now = now
    return this
  }

  record(now: number): this {
    this.at(now)
    this.machine.applied(++this.#through, now)
    this.#look()
    return this
  }

  ask(now: number): this {
    this.at(now)
    this.machine.hurry()
    this.#look()
    return this
  }

  #look(): void {
    for (const frame of this.machine.take(REF, this.#now)) {
      assert.ok(frame.type === 'received' && frame.ref === REF)
      this.told.push([this.#now, frame.through])
    }
    const at = this.machine.deadline()
    if (at === this.#wakeAt) return
    assert.ok(at === undefined || at > this.#now, 'what is due is told')
    if (at !== undefined) this.timers++
    this.#wakeAt = at
  }
}

const every = (everyMs: number, throughMs: number, bench = new Bench()): Bench => {
  for (let now = 0; now <= throughMs; now += everyMs) bench.record(now)
  return bench
}

test('C5: where nothing is read nothing is told, and no timer is set', () => {
  const bench = new Bench().at(60_000).ask(60_000)
  assert.deepEqual([bench.told, bench.timers], [[], 0])
})

test('C5: what comes a second or more after the last one was sent is confirmed at once', () => {
  assert.deepEqual(every(1000, 3000).told, [
    [0, 1],
    [1000, 2],
    [2000, 3],
    [3000, 4],
  ])
  assert.deepEqual(new Bench().record(0).record(999).at(1998).told, [[0, 1]])
})

test('C5: of a burst the first is confirmed at once, and the rest when nothing came for a second', () => {
  const bench = every(10, 400).at(1399)
  assert.deepEqual(bench.told, [[0, 1]])
  bench.at(1400)
  assert.deepEqual(bench.told, [
    [0, 1],
    [1400, 41],
  ])
  bench.at(60_000)
  assert.equal(bench.told.length, 2)
})

test('C5: while something comes twice a second it is confirmed every five seconds, and a second after the end', () => {
  // From 0 to 12 s, 25 of them.
  assert.deepEqual(every(500, 12_000).at(60_000).told, [
    [0, 1],
    [5000, 10],
    [10_000, 20],
    [13_000, 25],
  ])
})

test('C5: a timer is not set anew for each record', () => {
  // It fires when the first that waits is a second old, and then when the newest one of that time would be.
  const bench = every(10, 10_000)
  assert.equal(bench.told.length, 3)
  assert.ok(bench.timers <= 13, `${bench.timers} timers for 1001 records`)
})

test('C5: before `ask` all that was read is confirmed, however much comes', () => {
  const bench = every(100, 300).ask(310)
  assert.deepEqual(bench.told, [
    [0, 1],
    [310, 4],
  ])
  // That one counts as any: what follows it waits.
  bench.record(400).at(1399)
  assert.equal(bench.told.length, 2)
  bench.at(1400)
  assert.deepEqual(bench.told.at(-1), [1400, 5])
})

test('C5: what was read of a log that is gone is not confirmed', () => {
  const bench = new Bench().record(0).record(100)
  bench.machine.logBeginsAnew()
  assert.deepEqual(bench.at(60_000).told, [[0, 1]])
  assert.equal(bench.machine.deadline(), undefined)
})
