import { FAULT_KINDS, HELP_KINDS } from './fault-kinds.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Plan, Tier } from './plan.ts'
import { NO_COUNTERS } from './result.ts'
import type { Counters, Failure, RunResult } from './result.ts'

/** A run that did not end well, with all that it takes to have it again. */
export type FailedRun = {
  readonly plan: Plan
  readonly failure: Failure
  /** Empty where the run did not come to its end. */
  readonly traceHash: string
}

/** Many runs of one tier, added up. */
export type Tally = {
  runs: number
  events: number
  steps: number
  /** Time of a core that was spent on them: see {@link coreMs}. */
  busyMs: number
  readonly counters: Counters
  readonly faults: Record<FaultKind, number>
  /** How many runs had so many events (rounded down to tens) and so many steps. */
  readonly runsByEvents: Map<number, number>
  readonly runsBySteps: Map<number, number>
}

const COUNTERS = Object.keys(NO_COUNTERS) as readonly (keyof Counters)[]
/** What happens only where pages help each other. */
const HELP_COUNTERS: readonly (keyof Counters)[] = ['receipted', 'handedOn', 'seenThrough']
const EVENTS_STEP = 10

export const newTally = (): Tally => ({
  runs: 0,
  events: 0,
  steps: 0,
  busyMs: 0,
  counters: { ...NO_COUNTERS },
  faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>,
  runsByEvents: new Map(),
  runsBySteps: new Map(),
})

export const addRun = (tally: Tally, run: RunResult): void => {
  tally.runs++
  tally.events += run.events
  tally.steps += run.steps
  for (const name of COUNTERS) tally.counters[name] += run.counters[name]
  for (const kind of FAULT_KINDS) tally.faults[kind] += run.faults[kind] ?? 0
  count(tally.runsByEvents, run.events - (run.events % EVENTS_STEP), 1)
  count(tally.runsBySteps, run.steps, 1)
}

export const addTally = (tally: Tally, more: Tally): void => {
  tally.runs += more.runs
  tally.events += more.events
  tally.steps += more.steps
  tally.busyMs += more.busyMs
  for (const name of COUNTERS) tally.counters[name] += more.counters[name]
  for (const kind of FAULT_KINDS) tally.faults[kind] += more.faults[kind]
  for (const [events, runs] of more.runsByEvents) count(tally.runsByEvents, events, runs)
  for (const [steps, runs] of more.runsBySteps) count(tally.runsBySteps, steps, runs)
}

const count = (into: Map<number, number>, value: number, by: number): void => {
  into.set(value, (into.get(value) ?? 0) + by)
}

/** The median of a histogram; 0 of an empty one. */
export const medianOf = (runs: ReadonlyMap<number, number>): number => {
  const all = [...runs].toSorted(([one], [other]) => one - other)
  let left = all.reduce((sum, [, times]) => sum + times, 0) / 2
  for (const [value, times] of all) {
    left -= times
    if (left <= 0) return value
  }
  return 0
}

/** Events that happened in a second of one core. */
export const eventsPerSecond = ({ events, busyMs }: Pick<Tally, 'events' | 'busyMs'>): number =>
  busyMs === 0 ? 0 : (events * 1000) / busyMs

/** I27: a run in which nothing was acked proves nothing. */
export const failureOf = ({ failure, counters, steps }: RunResult): Failure | undefined => {
  if (failure !== undefined || counters.acked > 0) return failure
  return { invariant: 'I27', sentence: 'Nothing was acked in this run.', atMs: 0, step: steps }
}

/** An update that comes before what it builds on is one in some hundred runs with documents: fewer than these may well have none. */
const ENOUGH_TO_WAIT = 3000

/** I27: what never happened in a whole suite, each as one sentence. */
export const neverHappened = (tallies: ReadonlyMap<Tier, Tally>): readonly string[] => {
  const all = newTally()
  for (const tally of tallies.values()) addTally(all, tally)
  const mayBeMissing = (tallies.get('documents')?.runs ?? 0) < ENOUGH_TO_WAIT
  const isHelped = (tallies.get('helped')?.runs ?? 0) > 0
  const counted = COUNTERS.filter(
    (name) =>
      (name !== 'toldToWait' || !mayBeMissing) && (isHelped || !HELP_COUNTERS.includes(name)),
  )
  const struck = FAULT_KINDS.filter((kind) => isHelped || !HELP_KINDS.some((help) => help === kind))
  return [
    ...counted.filter((name) => all.counters[name] === 0).map((name) => `Nothing was ${name}.`),
    ...struck.filter((kind) => all.faults[kind] === 0).map((kind) => `No ${kind} struck.`),
  ]
}
