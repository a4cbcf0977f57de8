import type { MessagePort } from 'node:worker_threads'
import { coreMs } from './suite-core-time.ts'
import type { Plan, Tier } from './plan.ts'
import type { RunResult } from './result.ts'
import { addRun, failureOf, newTally } from './suite-tally.ts'
import type { FailedRun, Tally } from './suite-tally.ts'

/** What can be run; handed in, so that a test can have a world of its own. */
export type World = {
  readonly planOf: (seed: number, tier: Tier) => Plan
  readonly runPlan: (plan: Plan, trace?: (line: string) => void) => Promise<RunResult>
}

export type Request =
  /** The seeds from `from` on, `count` of them, or as many as there is time for. */
  | {
      readonly type: 'seeds'
      readonly tier: Tier
      readonly from: number
      readonly count: number
      /** As `Date.now()` gives it. */
      readonly untilMs: number
      readonly stopsAtFailure: boolean
    }
  | { readonly type: 'plan-of'; readonly tier: Tier; readonly seed: number }
  | { readonly type: 'run'; readonly plan: Plan; readonly isTraced: boolean }

export type Answer =
  | { readonly type: 'ran-seeds'; readonly tally: Tally; readonly failed: readonly FailedRun[] }
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'ran'; readonly failed: FailedRun | undefined; readonly traceHash: string }
  | { readonly type: 'trace'; readonly line: string }

/** The seed that is being run, and how many runs have begun: for the parent, should this one never end. */
export type Progress = Float64Array
export const SEED = 0
export const BEGUN = 1

const UNCAUGHT = 'uncaught'
const STACK_LINES = 10

/** Answers one request after the other. A million runs are a few hundred messages. */
export const serve = (port: MessagePort, world: World, progress: Progress): void => {
  const runOne = async (plan: Plan, trace?: (line: string) => void): Promise<RunResult> => {
    progress[SEED] = plan.seed
    progress[BEGUN]!++
    return world.runPlan(plan, trace)
  }
  const answer = async (request: Request): Promise<Answer> => {
    // A stack costs more than the error that it is for. Of a run that fails it is had by running that one again.
    Error.stackTraceLimit = request.type === 'seeds' ? 0 : STACK_LINES
    switch (request.type) {
      case 'seeds':
        return runSeeds(request, world.planOf, runOne)
      case 'plan-of':
        return { type: 'planned', plan: world.planOf(request.seed, request.tier) }
      case 'run': {
        const trace = (line: string): void => post({ type: 'trace', line })
        const { plan, isTraced } = request
        const { failed, result } = await judged(plan, () =>
          runOne(plan, isTraced ? trace : undefined),
        )
        return { type: 'ran', failed, traceHash: result?.traceHash ?? '' }
      }
    }
  }
  const post = (message: Answer): void => port.postMessage(message)
  port.on('message', (request: Request) => void answer(request).then(post))
}

const runSeeds = async (
  { tier, from, count, untilMs, stopsAtFailure }: Extract<Request, { type: 'seeds' }>,
  planOf: World['planOf'],
  runOne: (plan: Plan) => Promise<RunResult>,
): Promise<Answer> => {
  const tally = newTally()
  const failed: FailedRun[] = []
  const begunAt = coreMs()
  for (let seed = from; seed < from + count && Date.now() < untilMs; seed++) {
    const plan = planOf(seed, tier)
    const run = await judged(plan, () => runOne(plan))
    if (run.result !== undefined) addRun(tally, run.result)
    if (run.failed === undefined) continue
    failed.push(run.failed)
    if (stopsAtFailure) break
  }
  tally.busyMs = coreMs() - begunAt
  return { type: 'ran-seeds', tally, failed }
}

type Judged = { readonly failed: FailedRun | undefined; readonly result: RunResult | undefined }

/** A run that throws has failed as well. */
const judged = async (plan: Plan, run: () => Promise<RunResult>): Promise<Judged> => {
  try {
    const result = await run()
    const failure = failureOf(result)
    if (failure === undefined) return { failed: undefined, result }
    return { failed: { plan, failure, traceHash: result.traceHash }, result }
  } catch (error) {
    const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const failure = { invariant: UNCAUGHT, sentence, atMs: 0, step: 0 }
    return { failed: { plan, failure, traceHash: '' }, result: undefined }
  }
}
