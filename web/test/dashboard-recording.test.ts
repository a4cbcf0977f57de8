import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { AckLatencies } from '../dashboard/ack-latencies.ts'
import { BIN_COUNT, BIN_ERROR, binOf, middleOf } from '../dashboard/latency-histogram.ts'
import { OldestAges } from '../dashboard/oldest-ages.ts'
import { Recording } from '../dashboard/recording.ts'
import { SecondLevels } from '../dashboard/second-levels.ts'
import { RING_SECONDS } from '../dashboard/second-ring.ts'
import { SecondSums } from '../dashboard/second-sums.ts'

const RELAY = { way: 'relay' } as const

/** A second of some day; a multiple of the ring's length would hide mistakes. */
const START = 1_700_000_123

const nearestRank = (values: readonly number[], share: number): number | undefined =>
  values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(share * values.length) - 1)]

const isNear = (shown: number | undefined, exact: number | undefined): boolean => {
  if (shown === undefined || exact === undefined) return shown === exact
  return Math.abs(shown - exact) <= Math.max(BIN_ERROR.ms, BIN_ERROR.share * exact) + 1e-9
}

suite('ack latencies', () => {
  const ms = fc.oneof(
    fc.double({ min: 0, max: 130_000, noNaN: true }),
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.integer({ min: 0, max: 17 }).map((doubling) => 2 ** doubling - 0.001),
  )

  test('percentiles are those of the exact values, to within the width of a bin', () => {
    const sample = fc.record({ atSecond: fc.nat(30), ackMs: ms })
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), fc.nat(30), fc.nat(30), (all, a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const acks = new AckLatencies()
        for (const { atSecond, ackMs } of all) acks.add((START + atSecond) * 1000 + 7, ackMs)
        const inSpan = all
          .filter(({ atSecond }) => atSecond >= first && atSecond <= last)
          .map(({ ackMs }) => ackMs)
        const shown = acks.between(START + first, START + last)
        assert.equal(shown.count, inSpan.length)
        assert.ok(isNear(shown.p50, nearestRank(inSpan, 0.5)), 'p50')
        assert.ok(isNear(shown.p95, nearestRank(inSpan, 0.95)), 'p95')
        assert.ok(isNear(shown.p99, nearestRank(inSpan, 0.99)), 'p99')
      }),
      { numRuns: 300 },
    )
  })

  test('every bin holds its own middle, and longer never comes before shorter', () => {
    for (let bin = 0; bin < BIN_COUNT; bin++) assert.equal(binOf(middleOf(bin)), bin)
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        if (one <= other) assert.ok(binOf(one) <= binOf(other))
      }),
    )
    for (const odd of [-1, NaN, Infinity, 1e9]) assert.ok(binOf(odd) >= 0 && binOf(odd) < BIN_COUNT)
  })

  test('go when they are older than the ring, and their place is clean', () => {
    const acks = new AckLatencies()
    acks.add(START * 1000, 5)
    acks.add((START + RING_SECONDS) * 1000, 900)
    assert.equal(acks.between(START, START).count, 0)
    const { count, p50 } = acks.between(START, START + RING_SECONDS)
    assert.equal(count, 1)
    assert.ok(isNear(p50, 900))
  })
})

suite('what is kept second by second', () => {
  test('sums of any span are exact, in whatever order things are told', () => {
    const told = fc.record({ atSecond: fc.nat(RING_SECONDS - 1), amount: fc.nat(1e6) })
    fc.assert(
      fc.property(fc.array(told, { maxLength: 100 }), fc.nat(899), fc.nat(899), (all, a, b) => {
        const sums = new SecondSums()
        for (const { atSecond, amount } of all) sums.add((START + atSecond) * 1000, amount)
        const [first, last] = [Math.min(a, b), Math.max(a, b)]
        const exact = all
          .filter(({ atSecond }) => atSecond >= first && atSecond <= last)
          .reduce((sum, { amount }) => sum + amount, 0)
        assert.equal(sums.between(START + first, START + last), exact)
      }),
    )
  })

  test('a clock that is set back by an hour does not end the figures', () => {
    const sums = new SecondSums()
    sums.add(START * 1000, 5)
    sums.add((START - 3600) * 1000, 7)
    assert.equal(sums.between(START - 3600, START - 3600), 7)
    assert.equal(sums.between(START, START), 0)
    const levels = new SecondLevels()
    levels.set(START * 1000, 3)
    levels.set((START - 3000) * 1000, 5)
    assert.deepEqual(levels.highestOf(START - 2990, 1, 1), [5])
  })

  test('a level holds until it changes, as a plain account of it says', () => {
    const change = fc.record({ atMs: fc.nat(40_000), level: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat(20), (changes, first) => {
        const inOrder = changes.toSorted((one, other) => one.atMs - other.atMs)
        const levels = new SecondLevels()
        for (const { atMs, level } of inOrder) levels.set(START * 1000 + atMs, level)
        const exact = Array.from({ length: 10 }, (_, span) => {
          const [from, until] = [(first + span * 2) * 1000, (first + span * 2 + 2) * 1000]
          const before = inOrder.filter(({ atMs }) => atMs < from).at(-1)
          const within = inOrder.filter(({ atMs }) => atMs >= from && atMs < until)
          const all = [...(before === undefined ? [] : [before]), ...within]
          return all.length === 0 ? NaN : Math.max(...all.map(({ level }) => level))
        })
        assert.deepEqual(levels.highestOf(START + first, 2, 10), exact)
      }),
    )
  })

  test('a level is known however long ago it was told, and not before', () => {
    const levels = new SecondLevels()
    levels.set(START * 1000, 3)
    assert.deepEqual(levels.highestOf(START + 5 * RING_SECONDS, 1, 2), [3, 3])
    assert.deepEqual(levels.highestOf(START - 2, 1, 3), [NaN, NaN, 3])
    // The same place in the ring, one round later.
    levels.set((START + RING_SECONDS) * 1000, 4)
    assert.deepEqual(levels.highestOf(START + RING_SECONDS - 1, 1, 2), [3, 4])
  })

  test('an age grows by itself while something waits, and a short one stays short', () => {
    const ages = new OldestAges()
    const at = (ms: number): number => START * 1000 + ms
    ages.set(at(100), 0)
    ages.set(at(108), undefined)
    ages.set(at(3500), 0)
    ages.set(at(7250), 20)
    const now = at(9000)
    assert.deepEqual(
      ages.greatestOf(START, 1, 9, now),
      [8, 0, 0, 500, 1500, 2500, 3500, 3750, 1770],
    )
    assert.deepEqual(ages.greatestOf(START, 3, 3, now), [8, 2500, 3750])
  })
})

suite('a recording', () => {
  const NOW = START * 1000

  test('leaves no hole where nobody was told for minutes, as in a hidden tab', () => {
    const recording = new Recording(NOW, 'live', 'live')
    const waits = { save: 'on-device', connection: 'waiting', rttMs: 4 } as const
    recording.takeStatus({ ...waits, pendingCount: 3, oldestPendingMs: 10 }, NOW)
    // Five minutes later a throttled page hears of three things that happened long before.
    for (const second of [10, 20, 290]) {
      const atMs = NOW + second * 1000
      recording.take({ type: 'settled', author: 'a', seq: 1, offset: 1, ackMs: 50, ...RELAY, atMs })
    }
    assert.deepEqual(recording.waiting.highestOf(START, 100, 3), [3, 3, 3])
    assert.deepEqual(
      recording.oldest.greatestOf(START, 100, 3, NOW + 300_000),
      [100_010, 200_010, 300_010],
    )
    assert.equal(recording.acks.between(START + 10, START + 10).count, 1)
    assert.equal(recording.acks.between(START, START + 299).count, 3)
  })

  test('knows how the session came where it is, and why the connection before ended', () => {
    const recording = new Recording(NOW, 'connecting', 'apart')
    const go = (state: 'greeting' | 'live' | 'waiting', after: number, cause?: string): void =>
      recording.take({ type: 'session', state, cause, atMs: NOW + after })
    go('greeting', 10)
    go('live', 20)
    recording.take({ type: 'link', state: 'joining', atMs: NOW + 21 })
    recording.take({ type: 'link', state: 'live', atMs: NOW + 30 })
    go('waiting', 500, 'lost')
    recording.take({ type: 'link', state: 'apart', atMs: NOW + 500 })
    assert.deepEqual(recording.lastStep, { from: 'live', to: 'waiting' })
    assert.deepEqual(
      recording.history.all().map(({ word, cause, atMs }) => [word, cause, atMs - NOW]),
      [
        ['connecting', undefined, 0],
        ['greeting', undefined, 10],
        ['parted', undefined, 20],
        ['catching-up', undefined, 21],
        ['live', undefined, 30],
        ['waiting', 'lost', 500],
      ],
    )
    assert.deepEqual(
      [...recording.visits],
      [
        ['connecting', 1],
        ['greeting', 1],
        ['live', 1],
        ['waiting', 1],
      ],
    )
  })

  test('says since when the light is what it is', () => {
    const recording = new Recording(NOW, 'live', 'live')
    const status = { connection: 'live', pendingCount: 0, oldestPendingMs: 0, rttMs: 1 } as const
    recording.takeStatus({ ...status, save: 'saved' }, NOW + 100)
    assert.equal(recording.saveSinceMs, NOW, 'since the page was opened')
    recording.takeStatus({ ...status, save: 'saving' }, NOW + 200)
    recording.takeStatus({ ...status, save: 'saving' }, NOW + 300)
    assert.equal(recording.saveSinceMs, NOW + 200)
  })

  test('takes as much memory after an hour at 200 events a second as at its beginning', () => {
    const recording = new Recording(NOW, 'live', 'live')
    const before = recording.ringBytes
    assert.ok(before < 700_000, `${before} bytes`)
    const status = { save: 'saving', connection: 'live', oldestPendingMs: 3, rttMs: 2 } as const
    for (let at = 0; at < 3600 * 200; at += 4) {
      const atMs = NOW + at * 5
      recording.take({ type: 'written', kind: 'event', bytes: 60, atMs })
      recording.take({ type: 'frame', direction: 'up', kind: 'append', bytes: 90, atMs })
      recording.take({
        type: 'settled',
        author: 'a',
        seq: at,
        offset: at,
        ackMs: 5,
        ...RELAY,
        atMs,
      })
      recording.takeStatus({ ...status, pendingCount: at % 7 }, atMs)
      if (at % 400 === 0) {
        const state = at % 800 === 0 ? 'waiting' : 'live'
        recording.take({ type: 'session', state, cause: 'lost', atMs })
      }
    }
    assert.equal(recording.ringBytes, before)
    assert.equal(recording.timeline.count, 2000)
    assert.equal(recording.history.all().length, 1024)
  })
})
