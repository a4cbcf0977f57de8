import type { Tier } from './plan.ts'
import { failedRunOf } from './suite-thread.ts'
import type { SimThread } from './suite-thread.ts'
import { addTally, newTally } from './suite-tally.ts'
import type { FailedRun, Tally } from './suite-tally.ts'

export type SuiteOptions = {
  readonly tiers: readonly Tier[]
  /** The first seed. */
  readonly from: number
  /** Ends at whichever comes first. */
  readonly forMs: number
  readonly runs: number
  /** Goes on after a failed run. */
  readonly keepsGoing: boolean
}

export type Suite = {
  readonly tallies: ReadonlyMap<Tier, Tally>
  readonly failed: readonly FailedRun[]
  readonly wallMs: number
}

/** Of the time of all tiers that are asked for, how much goes to each but `fast`, which gets the rest: they are slow, and find less for it. */
const SHARES: readonly (readonly [Tier, number])[] = [
  ['documents', 0.2],
  ['helped', 0.3],
]
/** A job is as many runs as take about this long: few messages, and an even end. */
const JOB_MS = 1000
const FIRST_JOB_RUNS = 20

/** Deals seeds to threads until there is no more time, no more runs to do, or one that failed. */
export const runSuite = async (
  options: SuiteOptions,
  threads: readonly SimThread[],
  progress: (suite: Suite) => void = () => {},
): Promise<Suite> => {
  const dealer = new Dealer(options)
  await Promise.all(threads.map((thread) => dealer.keepBusy(thread, progress)))
  return dealer.suite
}

class Dealer {
  readonly #options: SuiteOptions
  readonly #begunAt = Date.now()
  readonly #tallies: ReadonlyMap<Tier, Tally>
  readonly #next: Map<Tier, number>
  /** How many jobs each tier was given; all take about the same time. */
  readonly #jobs = new Map<Tier, number>()
  readonly #failed: FailedRun[] = []
  #runsLeft: number

  constructor(options: SuiteOptions) {
    this.#options = options
    this.#tallies = new Map(options.tiers.map((tier) => [tier, newTally()]))
    this.#next = new Map(options.tiers.map((tier) => [tier, options.from]))
    this.#runsLeft = options.runs
  }

  get suite(): Suite {
    return {
      tallies: this.#tallies,
      failed: this.#failed,
      wallMs: Date.now() - this.#begunAt,
    }
  }

  async keepBusy(thread: SimThread, progress: (suite: Suite) => void): Promise<void> {
    while (!this.#isOver) {
      const tier = this.#tierOfNextJob()
      const tally = this.#tallies.get(tier)!
      const from = this.#next.get(tier)!
      const count = Math.min(this.#runsLeft, jobRuns(tally))
      this.#next.set(tier, from + count)
      this.#jobs.set(tier, this.#jobsOf(tier) + 1)
      this.#runsLeft -= count
      const untilMs = this.#untilMs
      const stopsAtFailure = !this.#options.keepsGoing
      const answer = await thread.seeds({ tier, from, count, untilMs, stopsAtFailure })
      if (answer.type === 'lost') this.#failed.push(await failedRunOf(answer, tier, thread))
      else {
        addTally(tally, answer.tally)
        this.#failed.push(...answer.failed)
      }
      progress(this.suite)
    }
  }

  get #untilMs(): number {
    return this.#begunAt + this.#options.forMs
  }

  get #isOver(): boolean {
    const isStopped = this.#failed.length > 0 && !this.#options.keepsGoing
    return isStopped || this.#runsLeft <= 0 || Date.now() >= this.#untilMs
  }

  #jobsOf(tier: Tier): number {
    return this.#jobs.get(tier) ?? 0
  }

  #tierOfNextJob(): Tier {
    const { tiers } = this.#options
    const [first] = tiers
    if (tiers.length === 1) return first!
    const all = tiers.reduce((sum, tier) => sum + this.#jobsOf(tier), 0)
    const isBehind = ([tier, share]: (typeof SHARES)[number]): boolean =>
      tiers.includes(tier) && this.#jobsOf(tier) < share * all
    return SHARES.find(isBehind)?.[0] ?? first!
  }
}

const jobRuns = ({ runs, busyMs }: Tally): number =>
  busyMs === 0 ? FIRST_JOB_RUNS : Math.max(1, Math.ceil((runs * JOB_MS) / busyMs))
