import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { FAULT_KINDS, HELP_KINDS, PLAIN_KINDS, rateOf, shareOf } from './fault-kinds.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Op, Plan, Step, Tier, WriteKind } from './plan.ts'

const WRITES: Readonly<Record<Tier, readonly WriteKind[]>> = {
  fast: ['event', 'counter', 'board'],
  documents: ['text', 'text', 'map', 'delete', 'event', 'counter'],
  helped: ['event', 'counter', 'board'],
}

/** Where pages help each other, all else goes wrong less often: help needs somebody who is well. */
const PLAIN_SHARE_WHERE_HELPED = 0.4

/** Which of several pages, profiles and rooms: taken modulo how many there are. */
const ANY = 840

/** How long after the step before: mostly at once, so that things overlap; now and then long enough to come to rest. */
const pause = (draws: Draws): number => {
  const kind = draws.unit()
  if (kind < 0.5) return Math.floor(draws.between(0, 15))
  if (kind < 0.85) return Math.floor(draws.between(15, 400))
  return Math.floor(draws.between(400, 6000))
}

const faultAmong = (mask: readonly FaultKind[], draws: Draws): FaultKind | undefined => {
  let left = draws.unit()
  for (const kind of mask) {
    left -= rateOf(kind)
    if (left < 0) return kind
  }
  return undefined
}

const opOf = (tier: Tier, mask: readonly FaultKind[], draws: Draws): Op => {
  const kind = faultAmong(mask, draws)
  if (kind !== undefined) {
    const ms = Math.floor(10 ** draws.between(1.5, 4))
    return { type: 'fault', kind, at: draws.below(ANY), ms }
  }
  if (draws.chance(0.04)) return { type: 'open-tab', profile: draws.below(ANY) }
  if (draws.chance(0.05)) return { type: 'wait' }
  if (draws.chance(0.05)) return { type: 'back-up' }
  if (draws.chance(0.03)) return { type: 'signal', tab: draws.below(ANY), room: draws.below(ANY) }
  const kinds = WRITES[tier]
  return {
    type: 'write',
    kind: kinds[draws.below(kinds.length)]!,
    tab: draws.below(ANY),
    room: draws.below(ANY),
    count: draws.chance(0.15) ? 2 + draws.below(4) : 1,
  }
}

/** W22: of some runs every larger frame travels in pieces. From draws of its own, so that the rest of a seed's run stays what it was. */
const piecesOf = (seed: number): Pick<Plan, 'pieceBytes'> => {
  const draws = drawsOf(seed, 'pieces')
  return draws.chance(0.25) ? { pieceBytes: 24 + draws.below(300) } : {}
}

/** The run of a seed. */
export const planOf = (seed: number, tier: Tier): Plan =>
  tier === 'helped' ? helpedPlan(seed) : plainPlan(seed, tier)

const plainPlan = (seed: number, tier: Tier): Plan => {
  const draws = drawsOf(seed, 'plan')
  const mask = PLAIN_KINDS.filter((kind) => draws.chance(shareOf(kind)))
  const steps: Step[] = Array.from({ length: 20 + draws.below(21) }, () => ({
    afterMs: pause(draws),
    op: opOf(tier, mask, draws),
  }))
  return {
    seed,
    tier,
    profiles: 1 + draws.below(4),
    rooms: draws.chance(0.7) ? 1 : 2 + draws.below(2),
    mask,
    steps,
    ...piecesOf(seed),
  }
}

/** Of pages that help each other there are several from the beginning, and mostly in one room. */
const helpedPlan = (seed: number): Plan => {
  const draws = drawsOf(seed, 'helped plan')
  const isHelp = (kind: FaultKind): boolean => HELP_KINDS.some((each) => each === kind)
  const mask = FAULT_KINDS.filter((kind) =>
    draws.chance(shareOf(kind) * (isHelp(kind) ? 1 : PLAIN_SHARE_WHERE_HELPED)),
  )
  const tabs: Step[] = Array.from({ length: draws.below(4) }, () => ({
    afterMs: pause(draws),
    op: { type: 'open-tab', profile: draws.below(ANY) },
  }))
  const steps: Step[] = Array.from({ length: 20 + draws.below(21) }, () => ({
    afterMs: pause(draws),
    op: opOf('helped', mask, draws),
  }))
  return {
    seed,
    tier: 'helped',
    profiles: 1 + draws.below(4),
    rooms: draws.chance(0.8) ? 1 : 2,
    mask,
    steps: [...tabs, ...steps],
    ...piecesOf(seed),
  }
}
