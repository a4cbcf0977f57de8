import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Supervisor } from '../supervisor/machine.ts'
import type { SupervisorEffect, SupervisorInput } from '../supervisor/machine.ts'

/* Times are ms. A death: the process ended by a signal, or by a code after it served. */

const OPTIONS = {
  firstDelayMs: 100,
  lastDelayMs: 1000,
  wellAfterMs: 60_000,
  mostDeaths: 7,
  withinMs: 60_000,
}

class Bench {
  readonly machine = new Supervisor(OPTIONS)
  now = 0

  do(input: SupervisorInput): readonly SupervisorEffect[] {
    return this.machine.handle(input, this.now)
  }

  /** Lets time pass up to what the machine waits for, and says how long that was. */
  wake(): { readonly waitedMs: number; readonly effects: readonly SupervisorEffect[] } {
    const deadline = this.machine.deadline()
    assert.ok(deadline !== undefined, 'it waits for a time')
    const waitedMs = deadline - this.now
    this.now = deadline
    return { waitedMs, effects: this.do({ type: 'time' }) }
  }

  /** Begins, and has the relay serve. */
  static serving(): Bench {
    const bench = new Bench()
    bench.do({ type: 'begin' })
    bench.do({ type: 'checked', failure: undefined })
    bench.do({ type: 'served', port: 8787 })
    return bench
  }

  die(
    more: Partial<Extract<SupervisorInput, { type: 'ended' }>> = {},
  ): readonly SupervisorEffect[] {
    return this.do({ type: 'ended', code: null, signal: 'SIGSEGV', isKillAsked: false, ...more })
  }

  /** From a death to a relay that serves again; how long it waited. */
  comeBack(): number {
    const { waitedMs, effects } = this.wake()
    if (effects[0]?.type === 'check') this.do({ type: 'checked', failure: undefined })
    this.do({ type: 'served', port: 8787 })
    return waitedMs
  }
}

const types = (effects: readonly SupervisorEffect[]): string[] => effects.map(({ type }) => type)

test('A7: the store is walked before the first start, and the relay waits for that', () => {
  const bench = new Bench()
  assert.deepEqual(bench.do({ type: 'begin' }), [{ type: 'check' }])
  assert.deepEqual(bench.do({ type: 'begin' }), [])
  assert.deepEqual(bench.do({ type: 'checked', failure: undefined }), [
    { type: 'start', starts: 1, port: undefined },
  ])
  assert.deepEqual(bench.do({ type: 'checked', failure: undefined }), [])
})

test('A7: it is walked again after a death by signal, and not after one by code or one that a page asked for', () => {
  const bench = Bench.serving()
  bench.die()
  assert.deepEqual(bench.wake().effects, [{ type: 'check' }])
  bench.do({ type: 'checked', failure: undefined })
  bench.do({ type: 'served', port: 8787 })
  bench.die({ code: 1, signal: null })
  assert.deepEqual(types(bench.wake().effects), ['start'])
  bench.do({ type: 'served', port: 8787 })
  bench.die({ signal: 'SIGKILL', isKillAsked: true })
  assert.deepEqual(types(bench.wake().effects), ['start'])
})

test('A7: a store that must not be touched ends it with a sentence, at first', () => {
  const bench = new Bench()
  bench.do({ type: 'begin' })
  assert.deepEqual(bench.do({ type: 'checked', failure: 'No space.' }), [
    { type: 'say', sentence: 'No space.' },
    { type: 'end', code: 1 },
  ])
})

test('A7: later it is walked again after a while, until it may be touched', () => {
  const bench = Bench.serving()
  bench.die()
  bench.wake()
  const said = bench.do({ type: 'checked', failure: 'No space.' })
  assert.deepEqual(types(said), ['say', 'say'])
  const { waitedMs, effects } = bench.wake()
  assert.deepEqual([waitedMs, types(effects)], [OPTIONS.lastDelayMs, ['check']])
  assert.deepEqual(types(bench.do({ type: 'checked', failure: undefined })), ['start'])
})

test('A4: a relay that died is started again on its port, and its starts are counted', () => {
  const bench = Bench.serving()
  assert.deepEqual(bench.die({ code: 1, signal: null }), [
    { type: 'say', sentence: "The relay's process is gone (code 1); it starts again." },
  ])
  assert.deepEqual(bench.wake().effects, [{ type: 'start', starts: 2, port: 8787 }])
})

test('A4: each further wait is twice as long up to the longest, and a relay that was well begins anew', () => {
  const bench = Bench.serving()
  const waits: number[] = []
  for (let deaths = 1; deaths <= 5; deaths++) {
    bench.die()
    waits.push(bench.comeBack())
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1000])
  bench.now += OPTIONS.wellAfterMs - 1
  bench.die()
  assert.equal(bench.comeBack(), 1000)
  bench.now += OPTIONS.wellAfterMs
  bench.die()
  assert.equal(bench.comeBack(), 100)
})

test('A4: so many deaths within the time and it is down, with a sentence and a code of its own', () => {
  const bench = Bench.serving()
  for (let deaths = 1; deaths < OPTIONS.mostDeaths; deaths++) {
    bench.die()
    bench.comeBack()
  }
  const last = bench.die({ signal: 'SIGABRT' })
  assert.deepEqual(types(last), ['say', 'end'])
  const [said, end] = last
  assert.match(
    said?.type === 'say' ? said.sentence : '',
    /^The relay is down: it died 7 times within 60 s of serving, at last by SIGABRT\./,
  )
  assert.deepEqual(end, { type: 'end', code: 3 })
  assert.equal(bench.machine.deadline(), undefined)
})

test('A4: deaths that are older than that are forgotten', () => {
  const bench = Bench.serving()
  for (let deaths = 1; deaths <= 3 * OPTIONS.mostDeaths; deaths++) {
    assert.deepEqual(types(bench.die()), ['say'])
    bench.comeBack()
    bench.now += OPTIONS.withinMs / (OPTIONS.mostDeaths - 1)
  }
})

test('A4: however long starts take, so many deaths in a row before it serves and it is down', () => {
  const bench = Bench.serving()
  // It was well: what comes next is no matter of a minute in which it served and died.
  bench.now += OPTIONS.wellAfterMs
  bench.die({ signal: 'SIGKILL', isKillAsked: true })
  bench.wake()
  for (let deaths = 1; deaths < OPTIONS.mostDeaths; deaths++) {
    bench.now += 20_000
    assert.deepEqual(types(bench.die({ signal: 'SIGABRT' })), ['say'])
    bench.wake()
    bench.do({ type: 'checked', failure: undefined })
  }
  bench.now += 20_000
  const [said, end] = bench.die({ signal: 'SIGABRT' })
  assert.match(
    said?.type === 'say' ? said.sentence : '',
    /^The relay is down: it died 7 times within 60 s of serving, 7 of them before it served, at last by SIGABRT\./,
  )
  assert.deepEqual(end, { type: 'end', code: 3 })
})

test('A4: nor does the time that starts take keep one up that serves for moments only', () => {
  const bench = Bench.serving()
  for (let deaths = 1; deaths < OPTIONS.mostDeaths; deaths++) {
    bench.now += 5000
    assert.deepEqual(types(bench.die({ code: 1, signal: null })), ['say'])
    bench.wake()
    bench.now += 20_000
    bench.do({ type: 'served', port: 8787 })
  }
  bench.now += 5000
  assert.deepEqual(types(bench.die({ code: 1, signal: null })), ['say', 'end'])
})

test('A4: one that dies by a signal before it serves has died like any other', () => {
  const bench = new Bench()
  bench.do({ type: 'begin' })
  bench.do({ type: 'checked', failure: undefined })
  for (let deaths = 1; deaths < OPTIONS.mostDeaths; deaths++) {
    assert.deepEqual(types(bench.die({ signal: 'SIGKILL' })), ['say'])
    bench.wake()
    bench.do({ type: 'checked', failure: undefined })
  }
  assert.deepEqual(types(bench.die({ signal: 'SIGKILL' })), ['say', 'end'])
})

test('A4: kills that a page asked for are no deaths, however many', () => {
  const bench = Bench.serving()
  for (let kills = 1; kills <= 3 * OPTIONS.mostDeaths; kills++) {
    assert.deepEqual(types(bench.die({ signal: 'SIGKILL', isKillAsked: true })), ['say'])
    assert.equal(bench.comeBack(), OPTIONS.firstDelayMs)
  }
})

test('A4: one that cannot begin ends it with its own code, and has said why', () => {
  const bench = new Bench()
  bench.do({ type: 'begin' })
  bench.do({ type: 'checked', failure: undefined })
  assert.deepEqual(bench.die({ code: 1, signal: null }), [{ type: 'end', code: 1 }])
})

test('A4: one that could begin before and cannot now is tried for as long as it takes', () => {
  const bench = Bench.serving()
  bench.die()
  bench.comeBack()
  bench.die({ code: 1, signal: null })
  bench.wake()
  for (let tries = 1; tries <= 3 * OPTIONS.mostDeaths; tries++) {
    assert.deepEqual(types(bench.die({ code: 1, signal: null })), ['say'])
    const { waitedMs, effects } = bench.wake()
    assert.deepEqual([waitedMs, types(effects)], [OPTIONS.lastDelayMs, ['start']])
  }
})

test('A4: a signal goes to the relay once, and its code is the last word', () => {
  const bench = Bench.serving()
  assert.deepEqual(bench.do({ type: 'stop', signal: 'SIGINT' }), [
    { type: 'stop', signal: 'SIGINT' },
  ])
  assert.deepEqual(bench.do({ type: 'stop', signal: 'SIGTERM' }), [])
  assert.deepEqual(bench.die({ code: 1, signal: null }), [{ type: 'end', code: 1 }])
  assert.deepEqual(bench.do({ type: 'stop', signal: 'SIGTERM' }), [])
})

test('A4: a relay that the signal itself ended was stopped; any other signal is a failure', () => {
  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGINT', 0],
    ['SIGKILL', 1],
  ] as const) {
    const bench = Bench.serving()
    bench.do({ type: 'stop', signal: 'SIGTERM' })
    assert.deepEqual(bench.die({ signal }), [{ type: 'end', code }])
  }
})

test('A4: a signal while nothing runs ends it at once; while the store is walked, when that is over', () => {
  const waiting = Bench.serving()
  waiting.die()
  assert.deepEqual(waiting.do({ type: 'stop', signal: 'SIGTERM' }), [{ type: 'end', code: 0 }])
  assert.equal(waiting.machine.deadline(), undefined)
  const walking = new Bench()
  walking.do({ type: 'begin' })
  assert.deepEqual(types(walking.do({ type: 'stop', signal: 'SIGTERM' })), ['stop'])
  assert.deepEqual(walking.do({ type: 'checked', failure: undefined }), [{ type: 'end', code: 0 }])
})

test('A4: a relay that ends by itself and well ends it', () => {
  assert.deepEqual(Bench.serving().die({ code: 0, signal: null }), [{ type: 'end', code: 0 }])
})
