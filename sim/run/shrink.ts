import type { Op, Plan, Step } from './plan.ts'

/** Whether a plan still fails, in the same way as the one that is being shortened. */
export type Fails = (plan: Plan) => Promise<boolean>

export type ShrinkBounds = {
  /** So many plans are tried at the most. */
  readonly maxRuns: number
  /** Asked before each: false ends it, and the shortest plan so far is the result. */
  readonly mayGoOn?: () => boolean
}

export type Shrunk = { readonly plan: Plan; readonly runs: number }

/** A step at its place in time, so that one can be taken out and the others stay where they are. */
type PlacedStep = { readonly atMs: number; readonly op: Op }

/**
 * The few steps of a failing plan that it takes: without whole kinds of faults, without single steps, with fewer profiles and
 * rooms, with single writes and short waits; again and again until nothing more can go. `plan` itself is known to fail.
 */
export const shrink = async (plan: Plan, fails: Fails, bounds: ShrinkBounds): Promise<Shrunk> => {
  const search = new Search(plan, fails, bounds)
  for (let before = ''; before !== search.key;) {
    before = search.key
    await dropKinds(search)
    await dropSteps(search)
    await dropPlaces(search)
    await writeLess(search)
    await waitLess(search)
  }
  return { plan: search.best, runs: search.runs }
}

class Search {
  best: Plan
  runs = 0
  readonly #fails: Fails
  readonly #bounds: ShrinkBounds
  readonly #tried = new Set<string>()

  constructor(plan: Plan, fails: Fails, bounds: ShrinkBounds) {
    this.best = plan
    this.#fails = fails
    this.#bounds = bounds
    this.#tried.add(this.key)
  }

  get key(): string {
    return JSON.stringify(this.best)
  }

  /** True if the plan fails too: then it is the one to go on from. */
  async accepts(plan: Plan): Promise<boolean> {
    const key = JSON.stringify(plan)
    const { maxRuns, mayGoOn } = this.#bounds
    if (this.#tried.has(key) || this.runs >= maxRuns || mayGoOn?.() === false) return false
    this.#tried.add(key)
    this.runs++
    if (!(await this.#fails(plan))) return false
    this.best = plan
    return true
  }
}

/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002): leaves out
 * ever smaller parts of the list until no single item can go. `isEnough` says whether what is left still fails.
 */
export const minimize = async <Item>(
  items: readonly Item[],
  isEnough: (left: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> => {
  let left = items
  let size = items.length
  while (size >= 1) {
    let isShorter = false
    for (let at = 0; at < left.length;) {
      const without = [...left.slice(0, at), ...left.slice(at + size)]
      if (await isEnough(without)) {
        left = without
        isShorter = true
      } else at += size
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (!isShorter) break
  }
  return left
}

const placed = (steps: readonly Step[]): readonly PlacedStep[] => {
  let atMs = 0
  return steps.map(({ afterMs, op }) => ({ atMs: (atMs += afterMs), op }))
}

const inTurn = (steps: readonly PlacedStep[]): readonly Step[] =>
  steps.map(({ atMs, op }, at) => ({ afterMs: atMs - (steps[at - 1]?.atMs ?? 0), op }))

const dropKinds = async (search: Search): Promise<void> => {
  await minimize(search.best.mask, (mask) => {
    const isLeft = ({ op }: PlacedStep): boolean => op.type !== 'fault' || mask.includes(op.kind)
    const steps = inTurn(placed(search.best.steps).filter(isLeft))
    return search.accepts({ ...search.best, mask, steps })
  })
}

const dropSteps = async (search: Search): Promise<void> => {
  await minimize(placed(search.best.steps), (steps) =>
    search.accepts({ ...search.best, steps: inTurn(steps) }),
  )
}

const dropPlaces = async (search: Search): Promise<void> => {
  for (const what of ['profiles', 'rooms'] as const) {
    for (let count = 1; count < search.best[what]; count++) {
      if (await search.accepts({ ...search.best, [what]: count })) break
    }
  }
}

const writeLess = async (search: Search): Promise<void> => {
  const once = (step: Step): Step =>
    step.op.type === 'write' ? { ...step, op: { ...step.op, count: 1 } } : step
  await changeSteps(search, once)
}

const waitLess = async (search: Search): Promise<void> => {
  const sooner = ({ afterMs, op }: Step): Step => ({
    afterMs: Math.floor(afterMs / 2),
    op: op.type === 'fault' ? { ...op, ms: Math.floor(op.ms / 2) } : op,
  })
  while (await changeSteps(search, sooner));
}

/** All steps at once or else each on its own. True if anything could be changed. */
const changeSteps = async (search: Search, change: (step: Step) => Step): Promise<boolean> => {
  if (await search.accepts({ ...search.best, steps: search.best.steps.map(change) })) return true
  let isChanged = false
  for (const at of search.best.steps.keys()) {
    const steps = search.best.steps.with(at, change(search.best.steps[at]!))
    if (await search.accepts({ ...search.best, steps })) isChanged = true
  }
  return isChanged
}
