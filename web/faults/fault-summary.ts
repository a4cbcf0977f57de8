import type { FaultPlan } from '../../kit/testing/index.ts'
import { msWords, percentWords, speedWords } from './fault-figures.ts'

/** What is on, for a toolbar: `latency 120 ms, 5 % loss`, or `no faults`. The seed is no fault. */
export const faultSummary = (plan: FaultPlan): string => {
  const words = [
    ...connectionWords(plan),
    ...speedOf(plan),
    ...bothWays(plan.lossUp, plan.lossDown, (p) => `${percentWords(p)} loss`),
    ...bothWays(plan.duplicateUp, plan.duplicateDown, (p) => `${percentWords(p)} duplicates`),
    ...bothWays(plan.reorderUp, plan.reorderDown, (p) => `${percentWords(p)} reordering`),
    ...bothWays(plan.corruptUp, plan.corruptDown, (p) => `${percentWords(p)} corruption`),
    ...(plan.loseAcks > 0 ? [`${percentWords(plan.loseAcks)} of acks lost`] : []),
    ...(plan.cut > 0 ? [`${percentWords(plan.cut)} cuts`] : []),
  ]
  return words.length === 0 ? 'no faults' : words.join(', ')
}

export const isFaulty = (plan: FaultPlan): boolean => faultSummary(plan) !== 'no faults'

const HALF_OPEN: Readonly<Record<FaultPlan['halfOpen'], readonly string[]>> = {
  none: [],
  up: ['half-open up'],
  down: ['half-open down'],
  both: ['half-open both ways'],
}

const connectionWords = ({ refuse, halfOpen, flapOnMs, flapOffMs }: FaultPlan): string[] => [
  ...(refuse ? ['connections refused'] : []),
  ...HALF_OPEN[halfOpen],
  ...(flapOnMs > 0 && flapOffMs > 0
    ? [`flapping ${msWords(flapOnMs)} there, ${msWords(flapOffMs)} gone`]
    : []),
]

const speedOf = (plan: FaultPlan): string[] => [
  ...(plan.latencyMs > 0 ? [`latency ${msWords(plan.latencyMs)}`] : []),
  ...(plan.jitterMs > 0 ? [`jitter ${msWords(plan.jitterMs)}`] : []),
  ...bothWays(plan.bytesPerSecondUp, plan.bytesPerSecondDown, speedWords),
]

/** Once where both directions are the same. */
const bothWays = (up: number, down: number, words: (value: number) => string): string[] => {
  if (up === down) return up > 0 ? [words(up)] : []
  return [...(up > 0 ? [`${words(up)} up`] : []), ...(down > 0 ? [`${words(down)} down`] : [])]
}
