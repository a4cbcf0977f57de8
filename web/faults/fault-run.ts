import { cleanPlan } from '../../kit/testing/index.ts'
import type { FaultController, FaultKind, FaultPlan } from '../../kit/testing/index.ts'
import type { FaultPreset } from '../../kit/testing/index.ts'

/** Seeds are whole numbers below this. */
export const SEED_COUNT = 2 ** 32

type Counts = Readonly<Record<FaultKind, number>>

/** One run of faults: what is counted since it began, and how it is begun again so that the same frames are hit. */
export class FaultRun {
  readonly #faults: FaultController
  #before: Counts

  constructor(faults: FaultController) {
    this.#faults = faults
    this.#before = { ...faults.fired }
  }

  /** How often any of these struck in this run. */
  fired(kinds: readonly FaultKind[]): number {
    const { fired } = this.#faults
    return kinds.reduce((sum, kind) => sum + fired[kind] - this.#before[kind], 0)
  }

  /**
   * Begins a run with this seed: what is drawn, and the time of flapping, start anew on a connection that is made anew, and
   * the counts at 0. Throws `bad-option` for what is no seed; then nothing changed.
   */
  begin(seed: number): void {
    const { plan } = this.#faults
    this.#faults.set({ seed, flapOnMs: 0, flapOffMs: 0 })
    this.#faults.set({ ...plan, seed })
    this.#faults.cut()
    this.#before = { ...this.#faults.fired }
  }

  use(preset: FaultPreset): void {
    this.#faults.set(planOf(preset, this.#faults.plan.seed))
  }

  /** Everything off, with the seed that it had. */
  clear(): void {
    this.#faults.set(withoutSeed(cleanPlan(0)))
  }
}

/** A preset over a clean plan. A seed that is named would start the draws anew in the middle of a run. */
const planOf = (preset: FaultPreset, seed: number): Partial<FaultPlan> => ({
  ...withoutSeed(cleanPlan(seed)),
  ...preset.plan,
})

const withoutSeed = ({ seed: _seed, ...others }: FaultPlan): Omit<FaultPlan, 'seed'> => others

/** Whether the plan is exactly this preset's, whatever its seed. */
export const isPreset = (plan: FaultPlan, preset: FaultPreset): boolean =>
  Object.entries({ ...cleanPlan(plan.seed), ...preset.plan }).every(
    ([field, value]) => plan[field as keyof FaultPlan] === value,
  )

export const isClean = (plan: FaultPlan): boolean =>
  Object.entries(cleanPlan(plan.seed)).every(
    ([field, value]) => plan[field as keyof FaultPlan] === value,
  )
