import { FAULT_KINDS } from './fault-kinds.ts'
import type { Tier } from './plan.ts'
import { NO_COUNTERS } from './result.ts'
import { addTally, eventsPerSecond, medianOf, newTally } from './suite-tally.ts'
import type { FailedRun, Tally } from './suite-tally.ts'
import type { Suite } from './suite.ts'

const COUNTERS = Object.keys(NO_COUNTERS) as readonly (keyof typeof NO_COUNTERS)[]
const MILLION = 1_000_000

export const inWords = (count: number): string => count.toLocaleString('en')

const inMillions = (count: number): string => (count / MILLION).toFixed(2)

const rateOf = (tally: Tally): string => inWords(Math.round(eventsPerSecond(tally)))

const both = ({ tallies }: Suite): Tally => {
  const all = newTally()
  for (const tally of tallies.values()) addTally(all, tally)
  return all
}

export const progressLine = (suite: Suite): string => {
  const { runs, events } = both(suite)
  const rates = [...suite.tallies].map(
    ([tier, tally]) => `${tier} ${rateOf(tally)} events/s per core`,
  )
  const seconds = Math.round(suite.wallMs / 1000)
  const failed = suite.failed.length === 0 ? '' : `, ${suite.failed.length} FAILED`
  return `${seconds} s: ${inWords(runs)} runs${failed}, ${inMillions(events)} M events, ${rates.join(', ')}`
}

const tierLine = ([tier, tally]: [Tier, Tally]): string => {
  const { runs, events, steps, runsByEvents, runsBySteps } = tally
  const medians = `a median run has ${inWords(medianOf(runsByEvents))} events and ${inWords(medianOf(runsBySteps))} steps`
  const rate = `${rateOf(tally)} events/s per core`
  return `${tier}: ${inWords(runs)} runs, ${inWords(steps)} steps, ${inWords(events)} events, ${rate}; ${medians}`
}

/** What a suite did, for the terminal. */
export const reportLines = (suite: Suite): readonly string[] => {
  const { counters, faults } = both(suite)
  return [
    ...[...suite.tallies].map(tierLine),
    `counted: ${COUNTERS.map((name) => `${name} ${inWords(counters[name])}`).join(', ')}`,
    `faults: ${FAULT_KINDS.map((kind) => `${kind} ${inWords(faults[kind])}`).join(', ')}`,
  ]
}

/** A failed run: what did not stay true, and the command that has it again. */
export const failureLines = ({ plan, failure, traceHash }: FailedRun): readonly string[] => [
  `FAILED ${failure.invariant}: ${failure.sentence}`,
  `  at ${Math.round(failure.atMs)} ms, step ${failure.step} of ${plan.steps.length}`,
  `  seed ${plan.seed}, tier ${plan.tier}, trace hash ${traceHash || 'none'}`,
  `  mask: ${plan.mask.join(' ') || 'no faults'}`,
]

export const seedCommand = ({ seed, tier }: { seed: number; tier: Tier }): string =>
  `npm run sim -- --seed ${seed} --tier ${tier}`

/** The steps of a plan, one on a line. */
export const stepLines = ({
  profiles,
  rooms,
  mask,
  steps,
}: FailedRun['plan']): readonly string[] => [
  `  ${profiles} profiles, ${rooms} rooms, faults: ${mask.join(' ') || 'none'}`,
  ...steps.map(({ afterMs, op }) => {
    const { type, ...rest } = op
    const words = Object.entries(rest).map(([name, value]) => `${name} ${value}`)
    return `  +${afterMs} ms  ${type} ${words.join(', ')}`.trimEnd()
  }),
]
