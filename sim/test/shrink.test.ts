import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawsOf } from '../kernel/random.ts'
import { FAULT_KINDS } from '../run/fault-kinds.ts'
import type { Op, Plan, Step } from '../run/plan.ts'
import { minimize, shrink } from '../run/shrink.ts'

const write = (tab: number, count: number): Op => ({
  type: 'write',
  kind: 'event',
  tab,
  room: 0,
  count,
})

const fault = (kind: (typeof FAULT_KINDS)[number], at: number): Op => ({
  type: 'fault',
  kind,
  at,
  ms: 800,
})

/** A long plan of all sorts of steps, with `needed` somewhere among them. */
const longPlan = (seed: number, needed: readonly Op[]): Plan => {
  const draws = drawsOf(seed, 'test')
  const some = (): Op =>
    draws.chance(0.5)
      ? write(draws.below(5), 1 + draws.below(4))
      : fault(FAULT_KINDS[draws.below(FAULT_KINDS.length)]!, draws.below(9))
  const ops = Array.from({ length: 60 }, some)
  for (const [at, op] of needed.entries()) ops.splice((at + 1) * 17, 0, op)
  const steps: Step[] = ops.map((op) => ({ afterMs: 1 + draws.below(100), op }))
  return { seed, tier: 'fast', profiles: 4, rooms: 3, mask: FAULT_KINDS, steps }
}

const isSame = (one: Op, other: Op): boolean => JSON.stringify(one) === JSON.stringify(other)
const has = (plan: Plan, op: Op): boolean => plan.steps.some((step) => isSame(step.op, op))

test('what is left is what it takes: steps, kinds, profiles, rooms and waits', async () => {
  const needed = [write(77, 1), fault('kill-relay', 42), write(78, 1)]
  for (const seed of [1, 2, 3]) {
    const plan = longPlan(seed, needed)
    const fails = async (some: Plan): Promise<boolean> => {
      const isThere = (op: Op): boolean =>
        some.steps.some((step) => isSame({ ...op, ms: 0 } as Op, { ...step.op, ms: 0 } as Op))
      return needed.every(isThere) && some.mask.includes('kill-relay') && some.rooms >= 2
    }
    const shrunk = await shrink(plan, fails, { maxRuns: 5000 })
    assert.deepEqual(shrunk.plan, {
      seed,
      tier: 'fast',
      profiles: 1,
      rooms: 2,
      mask: ['kill-relay'],
      steps: [
        { afterMs: 0, op: needed[0] },
        { afterMs: 0, op: { ...needed[1], ms: 0 } },
        { afterMs: 0, op: needed[2] },
      ],
    })
    assert.ok(shrunk.runs < 400, `${shrunk.runs} runs`)
  }
})

test('steps that are left stay where they were in time while others go', async () => {
  const late = write(77, 1)
  const plan = longPlan(4, [late])
  const timeOf = (some: Plan): number => {
    const at = some.steps.findIndex(({ op }) => isSame(op, late))
    return some.steps.slice(0, at + 1).reduce((sum, { afterMs }) => sum + afterMs, 0)
  }
  const at = timeOf(plan)
  const fails = async (some: Plan): Promise<boolean> => has(some, late) && timeOf(some) === at
  const shrunk = await shrink(plan, fails, { maxRuns: 5000 })
  assert.deepEqual(shrunk.plan.steps, [{ afterMs: at, op: late }])
})

test('a time that is needed is found to within a half, and a count that is needed stays', async () => {
  const plan = longPlan(5, [])
  const many: Step = { afterMs: 1000, op: write(77, 3) }
  const fails = async ({ steps }: Plan): Promise<boolean> =>
    steps.some(({ afterMs, op }) => afterMs >= 200 && isSame(op, many.op))
  const { plan: shrunk } = await shrink({ ...plan, steps: [...plan.steps, many] }, fails, {
    maxRuns: 5000,
  })
  assert.equal(shrunk.steps.length, 1)
  assert.deepEqual(shrunk.steps[0]!.op, many.op)
  assert.ok(shrunk.steps[0]!.afterMs >= 200 && shrunk.steps[0]!.afterMs < 400)
})

test('no plan is tried twice, nor more than is allowed, and the shortest so far is the result', async () => {
  const needed = write(77, 1)
  const plan = longPlan(6, [needed])
  const tried = new Set<string>()
  const fails = async (some: Plan): Promise<boolean> => {
    const key = JSON.stringify(some)
    assert.ok(!tried.has(key), 'it was tried before')
    tried.add(key)
    return has(some, needed)
  }
  const short = await shrink(plan, fails, { maxRuns: 5 })
  assert.equal(tried.size, 5)
  assert.equal(short.runs, 5)
  assert.ok(has(short.plan, needed) && short.plan.steps.length <= plan.steps.length)
  const stopped = await shrink(plan, fails, { maxRuns: 5000, mayGoOn: () => false })
  assert.deepEqual(stopped, { plan, runs: 0 })
})

test('the list that is left has no item that could go', async () => {
  const isEnough = async (left: readonly number[]): Promise<boolean> =>
    left.includes(3) && (left.includes(40) || left.includes(41))
  const items = Array.from({ length: 50 }, (_, at) => at)
  const left = await minimize(items, isEnough)
  assert.equal(left.length, 2)
  assert.ok(await isEnough(left))
  assert.deepEqual(await minimize([1, 2, 3], async () => true), [])
  assert.deepEqual(await minimize([], async () => true), [])
})
