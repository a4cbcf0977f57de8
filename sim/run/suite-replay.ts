import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from '../../scripts/stamp.mjs'
import type { Plan } from './plan.ts'
import { shrink } from './shrink.ts'
import type { Shrunk } from './shrink.ts'
import { failureLines, stepLines } from './suite-report.ts'
import type { Regression } from './suite-regression.ts'
import type { FailedRun } from './suite-tally.ts'
import type { SimThread } from './suite-thread.ts'

const MAX_SHRINK_RUNS = 20_000
const FOLDER = join(root, '.cache', 'sim')

export type Outcome = { readonly failed: FailedRun | undefined; readonly traceHash: string }

/** One run of a plan; one that never ends, or takes its thread along, has failed. */
export const runOnce = async (
  thread: SimThread,
  plan: Plan,
  trace?: (line: string) => void,
): Promise<Outcome> => {
  const answer = await thread.run(plan, trace)
  if (answer.type === 'ran') return answer
  const failure = { ...answer.why, atMs: 0, step: 0 }
  return { failed: { plan, failure, traceHash: '' }, traceHash: '' }
}

/**
 * Runs a plan with its trace, and once more without: the same plan gives the same hash (I28). True if all is well.
 */
export const replay = async (
  thread: SimThread,
  plan: Plan,
  say: (line: string) => void,
): Promise<boolean> => {
  const first = await runOnce(thread, plan, say)
  const second = await runOnce(thread, plan)
  if (first.failed !== undefined) for (const line of failureLines(first.failed)) say(line)
  say(`trace hash ${first.traceHash || 'none'}, and again ${second.traceHash || 'none'}`)
  const isSame = first.traceHash === second.traceHash
  if (!isSame) say('FAILED I28: the same plan gave two different runs.')
  return isSame && first.failed === undefined
}

/** The few steps that are left of a failed run, within a time. */
export const shrinkFailed = (
  thread: SimThread,
  { plan, failure }: FailedRun,
  forMs: number,
): Promise<Shrunk> => {
  const endAt = Date.now() + forMs
  const fails = async (some: Plan): Promise<boolean> => {
    const { failed } = await runOnce(thread, some)
    return failed?.failure.invariant === failure.invariant
  }
  return shrink(plan, fails, { maxRuns: MAX_SHRINK_RUNS, mayGoOn: () => Date.now() < endAt })
}

/** Says all of a failed run: what, where, how to have it again, and what is left of it. */
export const explain = async (
  thread: SimThread,
  failed: FailedRun,
  command: string,
  shrinkMs: number,
  say: (line: string) => void,
): Promise<void> => {
  for (const line of failureLines(failed)) say(line)
  say(`  again: ${command}`)
  if (shrinkMs <= 0) return
  const { plan, runs } = await shrinkFailed(thread, failed, shrinkMs)
  const path = keep(failed, plan)
  const again = await runOnce(thread, plan)
  const { sentence } = again.failed?.failure ?? failed.failure
  say(`shrunk by ${runs} runs from ${failed.plan.steps.length} steps to ${plan.steps.length}:`)
  for (const line of stepLines(plan)) say(line)
  say(`  ${sentence}`)
  say(`  trace: npm run sim -- --plan ${path}`)
  say(`  to keep it: cp ${path} sim/regressions/NAME.json, and give it its name and story`)
}

/** Writes a plan where git does not look, as a regression that only lacks its name and story. Returns the path. */
const keep = ({ plan: { seed, tier }, failure }: FailedRun, plan: Plan): string => {
  mkdirSync(FOLDER, { recursive: true })
  const name = `${tier}-${seed}`
  const { invariant, sentence } = failure
  const regression: Regression = { name, invariant, story: sentence, plan }
  const path = join(FOLDER, `failed-${name}.json`)
  writeFileSync(path, `${JSON.stringify(regression, null, 2)}\n`)
  return relative(root, path)
}
