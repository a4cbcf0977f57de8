import { Worker } from 'node:worker_threads'
import type { Plan, Tier } from './plan.ts'
import { BEGUN, SEED } from './suite-worker.ts'
import type { Answer, Progress, Request } from './suite-worker.ts'
import type { FailedRun } from './suite-tally.ts'

/** No run takes a hundredth of this, even where other programs want the cores as well. */
const RUN_LIMIT_MS = 60_000
const LOOK_EVERY_MS = 500
/** Nearly all that a run makes is rubbish soon: with room for it the collector comes seldom. */
const HEAP = { maxYoungGenerationSizeMb: 256 }

/** The run that a thread was at when it had to be given up. */
export type Lost = { readonly type: 'lost'; readonly seed: number; readonly why: Why }
type Why = { readonly invariant: 'endless' | 'uncaught'; readonly sentence: string }

export type ThreadOptions = {
  /** A module that answers {@link Request}s: the bundle. */
  readonly module: string
  readonly runLimitMs?: number
}

type Reply<Type extends Answer['type']> = Extract<Answer, { type: Type }> | Lost
type Pending = { readonly settle: (answer: Exclude<Answer, { type: 'trace' }> | Lost) => void }

/** One core's worth of simulator: a thread that can be ended whatever the run in it does, and is then begun anew. */
export class SimThread {
  readonly #module: string
  readonly #runLimitMs: number
  readonly #progress: Progress
  #worker: Worker | undefined
  #pending: Pending | undefined
  /** It broke when nobody waited for it. */
  #late: Why | undefined
  #trace: (line: string) => void = () => {}

  constructor({ module, runLimitMs = RUN_LIMIT_MS }: ThreadOptions) {
    this.#module = module
    this.#runLimitMs = runLimitMs
    this.#progress = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT))
  }

  seeds(request: Omit<Extract<Request, { type: 'seeds' }>, 'type'>): Promise<Reply<'ran-seeds'>> {
    return this.#ask<'ran-seeds'>({ ...request, type: 'seeds' })
  }

  planOf(seed: number, tier: Tier): Promise<Reply<'planned'>> {
    return this.#ask<'planned'>({ type: 'plan-of', seed, tier })
  }

  /** `trace` hears each line as soon as it is said. */
  run(plan: Plan, trace?: (line: string) => void): Promise<Reply<'ran'>> {
    this.#trace = trace ?? (() => {})
    return this.#ask<'ran'>({ type: 'run', plan, isTraced: trace !== undefined })
  }

  async end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #ask<Type extends Answer['type']>(request: Request): Promise<Reply<Type>> {
    const late = this.#late
    this.#late = undefined
    if (late !== undefined) return Promise.resolve(this.#lostTo(late))
    const worker = (this.#worker ??= this.#begin())
    return new Promise((resolve) => {
      const stopWatching = this.#watch()
      this.#pending = {
        settle: (answer) => {
          stopWatching()
          this.#pending = undefined
          resolve(answer as Reply<Type>)
        },
      }
      worker.postMessage(request)
    })
  }

  #begin(): Worker {
    const worker = new Worker(this.#module, { workerData: this.#progress, resourceLimits: HEAP })
    worker.on('message', (answer: Answer) => {
      if (answer.type === 'trace') this.#trace(answer.line)
      else this.#pending?.settle(answer)
    })
    worker.on('error', (error: unknown) => {
      if (this.#worker !== worker) return
      const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#lost({ invariant: 'uncaught', sentence })
    })
    return worker
  }

  /** A run that does not end within its time never does. */
  #watch(): () => void {
    let begun = this.#progress[BEGUN]!
    let since = performance.now()
    const timer = setInterval(
      () => {
        const now = performance.now()
        if (this.#progress[BEGUN] !== begun) {
          begun = this.#progress[BEGUN]!
          since = now
        } else if (now - since >= this.#runLimitMs) {
          const sentence = `The run did not end within ${this.#runLimitMs} ms of real time.`
          this.#lost({ invariant: 'endless', sentence })
        }
      },
      Math.min(LOOK_EVERY_MS, this.#runLimitMs / 4),
    )
    return () => clearInterval(timer)
  }

  #lost(why: Why): void {
    void this.end()
    if (this.#pending === undefined) this.#late = why
    else this.#pending.settle(this.#lostTo(why))
  }

  #lostTo(why: Why): Lost {
    return { type: 'lost', seed: this.#progress[SEED]!, why }
  }
}

/** As a failed run, with the plan that it takes to have it again. */
export const failedRunOf = async (
  { seed, why }: Lost,
  tier: Tier,
  thread: SimThread,
): Promise<FailedRun> => {
  const planned = await thread.planOf(seed, tier)
  if (planned.type === 'lost') throw new Error(`Seed ${seed} has no plan: ${planned.why.sentence}`)
  return { plan: planned.plan, failure: { ...why, atMs: 0, step: 0 }, traceHash: '' }
}
