import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../kit/testing/index.ts'
import { CONTESTANTS } from '../contestants.ts'
import { isWritten, parseOptions } from '../options.ts'
import { orderOf } from '../play.ts'
import { ROWS } from '../rows/index.ts'
import { LEAST_PAIRS, median, percentile, ratioInterval, short, summaryOf } from '../stats.ts'

test('medians and percentiles are values that were there, or the middle of two', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
  assert.equal(percentile([5, 1, 3], 50), 3)
  assert.equal(percentile([5, 1, 3], 99), 5)
  assert.deepEqual(summaryOf([2, 9, 4]), { median: 4, least: 2, most: 9, rounds: 3 })
})

/** Pairs of one quantity that noise harms by up to half, the later side being `factor` times the earlier. */
const noisy = (seed: number, pairs: number, factor: number): [number[], number[]] => {
  const random = seededRandom(seed)
  const values = (of: number): number[] =>
    Array.from({ length: pairs }, () => of * (1 + random() / 2))
  return [values(100), values(100 * factor)]
}

test('noise is called a change in less than one comparison of ten', () => {
  const seeds = Array.from({ length: 400 }, (_, seed) => seed + 1)
  const changes = seeds.filter((seed) => ratioInterval(...noisy(seed, 12, 1)).isChange)
  assert.ok(changes.length < seeds.length / 10, `${changes.length} of ${seeds.length}`)
})

test('a change by half is seen through noise, and its interval holds it', () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed + 1)
  const intervals = seeds.map((seed) => ratioInterval(...noisy(seed, 12, 1.5)))
  assert.ok(intervals.filter(({ isChange }) => isChange).length > 95)
  assert.ok(intervals.filter(({ low, high }) => low < 1.5 && 1.5 < high).length > 90)
})

test('too few pairs say nothing, however clear they look', () => {
  const five = Array.from({ length: LEAST_PAIRS - 1 }, () => 1)
  const doubled = five.map((value) => value * 2)
  assert.equal(ratioInterval(five, doubled).isChange, false)
  assert.equal(ratioInterval([...five, 1], [...doubled, 2]).isChange, true)
})

test('each contestant is first as often as any other, and each round goes the other way', () => {
  const items = ['a', 'b', 'c']
  const orders = [0, 1, 2, 3, 4, 5].map((round) => orderOf(items, round).join(''))
  assert.deepEqual(orders, ['abc', 'cba', 'bca', 'acb', 'cab', 'bac'])
})

test('options are read, and what is none is told in a sentence', () => {
  const given = parseOptions(['--only', 'meeting,idle', '--rounds', '3', '--quick'], false)
  assert.ok(typeof given === 'object')
  assert.deepEqual(
    [given.rows.map(({ name }) => name), given.rounds, given.isQuick, given.isKept],
    [['meeting', 'idle'], 3, true, false],
  )
  for (const wrong of [['--only', 'nothing'], ['--rounds', 'x'], ['--against', 'us'], ['--so']]) {
    assert.equal(typeof parseOptions(wrong, false), 'string')
  }
})

test('a quick run and a part of the contestants are not written in place of a whole result', () => {
  const meeting = ROWS.find(({ name }) => name === 'meeting')!
  const written = (...argv: string[]): boolean => {
    const options = parseOptions(argv, false)
    assert.ok(typeof options === 'object')
    return isWritten(meeting, options)
  }
  assert.equal(written(), true)
  assert.equal(written('--against', 'holdfast,y-websocket'), false)
  assert.equal(written('--against', Object.keys(CONTESTANTS).join(',')), true)
  assert.equal(written('--quick'), false)
  assert.equal(written('--quick', '--keep'), true)
  assert.equal(written('--quick', '--keep', '--against', 'holdfast'), false)
})

test('every row has one main figure, and tells of each contestant: measured, or why not', () => {
  for (const { name, columns, contestants, leftOut = {} } of ROWS) {
    assert.equal(columns.filter(({ isMain }) => isMain).length, 1, name)
    const told: string[] = [...contestants, ...Object.keys(leftOut)]
    assert.equal(new Set(told).size, told.length, name)
    const systems = ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws']
    for (const system of systems) {
      assert.ok(
        told.some((one) => one === system || one === `${system}-sqlite`),
        `${name}: ${system}`,
      )
    }
  }
})

test('figures are shown with three digits that count', () => {
  assert.deepEqual([0.01234, 12.345, 1234.5, NaN].map(short), ['0.0123', '12.3', '1,235', '–'])
})
