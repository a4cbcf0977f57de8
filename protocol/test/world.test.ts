import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from './support/world.ts'
import type { WorldFigures } from './support/world.ts'

const SEEDS = Number(process.env['HOLDFAST_WORLD_SEEDS'] ?? 300)

const runSeed = (seed: number, isRestored: boolean): WorldFigures => {
  const world = new World(seed, isRestored)
  try {
    world.run()
  } catch (cause) {
    throw new Error(`seed ${seed} fails at ${Math.round(world.time.now)} ms: ${String(cause)}`, {
      cause,
    })
  }
  return world.figures
}

test('S1, S3, O4, O6, O13, C3, C6: whatever is lost, cut, late or crashes, each write that was on a disk is in the log once and everybody applies the same', () => {
  const all: Partial<WorldFigures> = {}
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const [name, count] of Object.entries(runSeed(seed, false)) as [
      keyof WorldFigures,
      number,
    ][]) {
      all[name] = (all[name] ?? 0) + count
    }
  }
  // A world in which nothing goes wrong proves nothing.
  const { resets, ...faults } = all
  assert.equal(resets, 0, 'a log that only grows resets nobody')
  for (const [name, count] of Object.entries(faults))
    assert.ok(count > SEEDS / 10, `${name}: ${count}`)
})

test('C9, O7: a relay that comes back from an old backup gets back whatever any page or disk has', () => {
  let resets = 0
  for (let seed = 1; seed <= SEEDS / 2; seed++) resets += runSeed(seed, true).resets
  assert.ok(resets > SEEDS / 10, `resets: ${resets}`)
})
