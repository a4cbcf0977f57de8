import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../scripts/stamp.mjs'
import { withBundle } from '../build/with-bundle.ts'
import { readRegression } from '../run/suite-regression.ts'
import type { Regression } from '../run/suite-regression.ts'
import { runOnce } from '../run/suite-replay.ts'
import { failureLines } from '../run/suite-report.ts'
import { SimThread } from '../run/suite-thread.ts'

/* Each file is a run that failed once, as its list of steps: it must not fail again. */

const FOLDER = join(root, 'sim', 'regressions')
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []

test('what failed once does not fail again', async (context) => {
  await withBundle([], async (module) => {
    const thread = new SimThread({ module })
    try {
      for (const file of FILES) {
        const kept = readRegression(join(FOLDER, file))
        await context.test(`${kept.name}: ${kept.invariant} stays true`, async () => {
          assert.equal(kept.name, basename(file, '.json'))
          await isClean(thread, kept)
        })
      }
    } finally {
      await thread.end()
    }
  })
})

const isClean = async (thread: SimThread, { invariant, plan }: Regression): Promise<void> => {
  const { failed } = await runOnce(thread, plan)
  // A few steps may well be too few for anything to be acked.
  const isVacuous = failed?.failure.invariant === 'I27' && invariant !== 'I27'
  if (failed !== undefined && !isVacuous) assert.fail(failureLines(failed).join('\n'))
}

test('a file that is no regression is told of, and not passed over', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-sim-')), 'one.json')
  const step = { afterMs: 1, op: { type: 'fault', kind: 'cut', at: 1, ms: 10 } }
  const plan = { seed: 1, tier: 'fast', profiles: 1, rooms: 1, mask: ['cut'], steps: [step] }
  const whole = { name: 'one', invariant: 'I3', story: 'It happened.', plan }
  const read = (value: unknown): unknown => {
    writeFileSync(path, JSON.stringify(value))
    return readRegression(path)
  }
  assert.deepEqual(read(whole), whole)
  assert.deepEqual(read(plan), { name: path, invariant: '', story: '', plan })
  for (const wrong of [
    {},
    { ...whole, story: '' },
    { ...whole, plan: { ...plan, tier: 'slow' } },
    { ...whole, plan: { ...plan, mask: ['cuts'] } },
    { ...whole, plan: { ...plan, steps: [{ ...step, op: { ...step.op, kind: 'cuts' } }] } },
  ]) {
    assert.throws(() => read(wrong), /holds no plan|needs a name/)
  }
})
