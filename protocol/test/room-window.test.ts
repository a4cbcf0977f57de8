import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Limits } from '../limits.ts'
import { SessionBench } from './support/session-bench.ts'

const MAX_FRAME_BYTES = 1000
/** What is left of a frame for one entry, when each number in it is as long as it may be. */
const MAX_ENTRY_BYTES = MAX_FRAME_BYTES - (1 + 3 * 8 + 4) - (16 + 5 + 1)

/** Live, with entries of these sizes, head byte included, that the relay has heard nothing of. */
const withEntries = (sizes: readonly number[], limits: Partial<Limits> = {}): SessionBench => {
  const bench = new SessionBench().open().live({ maxFrameBytes: MAX_FRAME_BYTES, ...limits })
  for (const size of sizes) bench.write('x'.repeat(size - 1))
  return bench
}

/** The appends with which they go out again. */
const sentAgain = (bench: SessionBench): string[] => {
  const before = bench.appends().length
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  bench.hearOf({ type: 'gap', through: 0 })
  return bench.appends().slice(before)
}

const largestFrame = ({ effects }: SessionBench): number =>
  Math.max(...effects.map((effect) => (effect.type === 'send' ? effect.bytes.length : 0)))

test('W7: of entries that follow one another as many go in a frame as surely fit, and no more', () => {
  const fitting = withEntries([463, 464])
  assert.deepEqual(sentAgain(fitting), ['1+2'])
  const others = withEntries([464, 464])
  assert.deepEqual(sentAgain(others), ['1+1', '2+1'])
  for (const bench of [fitting, others, withEntries([490, 490])]) {
    sentAgain(bench)
    assert.ok(largestFrame(bench) <= MAX_FRAME_BYTES)
  }
})

test('O10, W7: the largest entry that surely fits a frame is sent, and one byte more is too large', () => {
  const bench = withEntries([MAX_ENTRY_BYTES])
  assert.deepEqual(bench.appends(), ['1+1'])
  assert.ok(largestFrame(bench) <= MAX_FRAME_BYTES)
  assert.deepEqual(bench.roomEffects('refused'), [])
  const tooLarge = withEntries([MAX_ENTRY_BYTES + 1])
  assert.deepEqual(tooLarge.appends(), [])
  assert.equal(tooLarge.roomEffects('refused').length, 1)
})

test('O6: entries with a hole between them go in frames of their own', () => {
  const bench = withEntries([10, 10, 10, 10])
  bench.hearOf({ type: 'rejected', seq: 2, code: 'malformed-entry' })
  assert.deepEqual(sentAgain(bench), ['1+1', '3+2'])
})

test('O11: the window may be filled to its last byte', () => {
  assert.deepEqual(withEntries([30, 20], { windowBytes: 50 }).appends(), ['1+1', '2+1'])
  assert.deepEqual(withEntries([30, 21], { windowBytes: 50 }).appends(), ['1+1'])
})
