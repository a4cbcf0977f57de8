import { parentPort, workerData } from 'node:worker_threads'
import { FAULT_KINDS } from '../run/fault-kinds.ts'
import type { Plan, Tier } from '../run/plan.ts'
import type { RunResult } from '../run/result.ts'
import { NO_COUNTERS } from '../run/result.ts'
import { serve } from '../run/suite-worker.ts'
import type { Progress } from '../run/suite-worker.ts'

/*
 * A world in which nothing is simulated: counters and faults are those of a run in which everything happened.
 */

/** What those seeds do that do not simply end well. */
const SEEDS: Readonly<Record<number, () => Partial<RunResult>>> = {
  11: () => ({ failure: { invariant: 'I3', sentence: 'It is there twice.', atMs: 5, step: 2 } }),
  12: () => ({ counters: { ...NO_COUNTERS, writes: 3 } }),
  13: () => {
    throw new Error('the world fell down')
  },
  14: () => {
    for (;;);
  },
  15: () => {
    setImmediate(() => {
      throw new Error('nobody caught it')
    })
    return {}
  },
  16: () => ({ traceHash: String(process.hrtime.bigint()) }),
}

const planOf = (seed: number, tier: Tier): Plan => ({
  seed,
  tier,
  profiles: 1,
  rooms: 1,
  mask: ['cut'],
  steps: [
    { afterMs: 10, op: { type: 'write', kind: 'event', tab: 0, room: 0, count: 1 } },
    { afterMs: 10, op: { type: 'fault', kind: 'cut', at: 0, ms: 100 } },
    { afterMs: 10, op: { type: 'wait' } },
  ],
})

const runPlan = async (plan: Plan, trace?: (line: string) => void): Promise<RunResult> => {
  trace?.(`0 ms: seed ${plan.seed} of ${plan.steps.length} steps`)
  const counters = Object.fromEntries(Object.keys(NO_COUNTERS).map((name) => [name, 1]))
  const other = SEEDS[plan.seed]?.()
  // A run that throws a moment later must not have ended before.
  await new Promise((resolve) => setTimeout(resolve, other === undefined ? 0 : 5))
  return {
    seed: plan.seed,
    failure: undefined,
    traceHash: `hash-${plan.seed}`,
    events: 600 + plan.seed,
    steps: plan.steps.length,
    counters: counters as RunResult['counters'],
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 1])),
    ...other,
  }
}

serve(parentPort!, { planOf, runPlan }, workerData as Progress)
