import { checkAtRest, whyNotAtRest } from '../world/rest.ts'
import { tryIslands } from '../world/island.ts'
import { World } from '../world/world.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Plan } from './plan.ts'
import type { RunResult } from './result.ts'

/** I17: after everything is well again there must be rest within so much virtual time, and so many events. */
const REST_MS = 240_000
const REST_EVENTS = 200_000
const LOOK_EVERY_MS = 250

/**
 * Plays a plan: its steps with all that goes wrong, then everything heals, everybody writes once more, and within a bound all
 * must be at rest and right.
 */
export const runPlan = async (plan: Plan, print?: (line: string) => void): Promise<RunResult> => {
  const world = new World(plan, print)
  const { scheduler, oracle, trace } = world
  const isOver = (): boolean => oracle.failure !== undefined
  for (const [at, { afterMs, op }] of plan.steps.entries()) {
    await scheduler.runUntil(scheduler.now + afterMs, isOver)
    if (isOver()) break
    oracle.step = at + 1
    world.take(op)
    oracle.look(world.openRooms())
  }
  if (!isOver()) await calmDown(world, isOver)
  if (plan.tier === 'helped' && !isOver()) {
    await tryIslands(world, isOver)
    await comeToRest(world, isOver)
  }
  world.countAll()
  const { failure, counters } = oracle
  const { faults } = world
  return {
    seed: plan.seed,
    failure,
    traceHash: trace.hash,
    events: scheduler.count,
    steps: plan.steps.length,
    counters,
    faults,
  }
}

/** Who writes hears of what he missed: in some runs few write in the end, or nobody does. */
const writeOnceMore = (world: World): void => {
  // I27: a run in which nothing was acked would show nothing.
  const share = world.counters.acked === 0 ? 1 : [0, 0.5, 1][world.seed % 3]!
  const draws = drawsOf(world.seed, 'last words')
  for (const tab of world.tabs) {
    for (const room of tab.rooms) {
      if (!draws.chance(share)) continue
      room.write('counter', 1)
      world.counters.writes++
    }
  }
}

/** What went wrong ends, and there is to be rest. */
const calmDown = async (world: World, isOver: () => boolean): Promise<void> => {
  const { scheduler } = world
  await scheduler.runUntil(scheduler.now + 50, isOver)
  world.heal()
  await scheduler.runUntil(scheduler.now + 50, isOver)
  writeOnceMore(world)
  // At once: a turn of the microtasks between them would be another run.
  await comeToRest(world, isOver)
}

const comeToRest = async (world: World, isOver: () => boolean): Promise<void> => {
  const { scheduler, oracle } = world
  const until = scheduler.now + REST_MS
  const most = scheduler.count + REST_EVENTS
  let why: string | undefined
  do {
    await scheduler.runUntil(scheduler.now + LOOK_EVERY_MS, isOver)
    if (isOver()) return
    oracle.look(world.openRooms())
    why = whyNotAtRest(world)
  } while (why !== undefined && scheduler.now < until && scheduler.count < most)
  if (why !== undefined) oracle.fail('I17', `all is well again, and there is no rest: ${why}`)
  else checkAtRest(world)
}
