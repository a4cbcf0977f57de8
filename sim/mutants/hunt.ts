import type { Tier } from '../run/plan.ts'
import { failedRunOf } from '../run/suite-thread.ts'
import type { SimThread } from '../run/suite-thread.ts'
import type { FailedRun } from '../run/suite-tally.ts'

/** The seeds that every bug has to be found by: these and not others, so that they can be shown to be clean without it. */
export const FIRST_SEED = 1

/** Where documents are real a run takes ten times as long, and there are fewer of them. */
export const MOST_RUNS: Readonly<Record<Tier, number>> = {
  fast: 50_000,
  documents: 10_000,
  helped: 20_000,
}

const RUNS_AT_ONCE = 200

export type Catch = {
  readonly failed: FailedRun
  /** Up to and with the one that failed. */
  readonly runs: number
}

/** The first of the seeds that fails, if one of `mostRuns` does. */
export const hunt = async (
  thread: SimThread,
  tier: Tier,
  mostRuns: number,
): Promise<Catch | undefined> => {
  for (let done = 0; done < mostRuns; done += RUNS_AT_ONCE) {
    const failed = await firstFailed(thread, tier, {
      from: FIRST_SEED + done,
      count: Math.min(RUNS_AT_ONCE, mostRuns - done),
    })
    if (failed !== undefined) return { failed, runs: failed.plan.seed - FIRST_SEED + 1 }
  }
  return undefined
}

const firstFailed = async (
  thread: SimThread,
  tier: Tier,
  seeds: { readonly from: number; readonly count: number },
): Promise<FailedRun | undefined> => {
  const always = { untilMs: Infinity, stopsAtFailure: true }
  const answer = await thread.seeds({ tier, ...seeds, ...always })
  if (answer.type === 'lost') return failedRunOf(answer, tier, thread)
  return answer.failed[0]
}
