/**
 * What can go wrong in the world, each kind on or off for a whole run: a swarm (Groce et al., "Swarm Testing", ISSTA 2012)
 * finds more than runs in which everything happens at once. `share`: of the runs that have it; `rate`: of their steps.
 */
export const FAULTS = {
  cut: { share: 0.7, rate: 0.04 },
  'half-open': { share: 0.5, rate: 0.02 },
  'slow-network': { share: 0.4, rate: 0.02 },
  clog: { share: 0.3, rate: 0.02 },
  'corrupt-frame': { share: 0.2, rate: 0.02 },
  'lose-frame': { share: 0.2, rate: 0.02 },
  'duplicate-frame': { share: 0.2, rate: 0.02 },
  'slow-reader': { share: 0.3, rate: 0.01 },
  'kill-tab': { share: 0.6, rate: 0.03 },
  'kill-at-reset': { share: 0.4, rate: 0.03 },
  'close-tab': { share: 0.5, rate: 0.02 },
  'duplicate-tab': { share: 0.4, rate: 0.02 },
  'freeze-tab': { share: 0.4, rate: 0.015 },
  'restore-profile': { share: 0.25, rate: 0.008 },
  'power-loss': { share: 0.3, rate: 0.008 },
  quota: { share: 0.3, rate: 0.01 },
  evict: { share: 0.15, rate: 0.006 },
  'close-database': { share: 0.2, rate: 0.01 },
  'hang-storage': { share: 0.2, rate: 0.01 },
  'kill-relay': { share: 0.6, rate: 0.025 },
  'pause-relay': { share: 0.4, rate: 0.015 },
  'take-over': { share: 0.2, rate: 0.01 },
  'fail-commit': { share: 0.3, rate: 0.015 },
  'full-disk': { share: 0.25, rate: 0.01 },
  'stuck-store': { share: 0.15, rate: 0.006 },
  'slow-disk': { share: 0.3, rate: 0.015 },
  'flip-bit': { share: 0.15, rate: 0.005 },
  'restore-relay': { share: 0.25, rate: 0.01 },
  'restore-and-turn': { share: 0.15, rate: 0.01 },
  'kill-at-compaction': { share: 0.5, rate: 0.03 },
  'kill-job': { share: 0.3, rate: 0.02 },
  'crash-room': { share: 0.3, rate: 0.015 },
  poison: { share: 0.2, rate: 0.01 },
  'forge-repair': { share: 0.2, rate: 0.01 },
  'forge-seal': { share: 0.2, rate: 0.01 },
  'clock-jump': { share: 0.3, rate: 0.01 },
  undecided: { share: 0.2, rate: 0.01 },
  'read-only': { share: 0.15, rate: 0.008 },
  garbage: { share: 0.2, rate: 0.01 },
} as const

/** What can go wrong between pages that help each other: in runs of the tier `helped` alone. */
export const HELP_FAULTS = {
  'no-relay': { share: 0.8, rate: 0.05 },
  'cut-direct-link': { share: 0.5, rate: 0.03 },
  'dead-direct-link': { share: 0.4, rate: 0.02 },
  'lose-direct-frame': { share: 0.4, rate: 0.04 },
  'wall-off': { share: 0.3, rate: 0.015 },
  'lossy-tabs': { share: 0.5, rate: 0.03 },
  'deaf-tab': { share: 0.4, rate: 0.02 },
  'kill-carrier': { share: 0.5, rate: 0.03 },
  'switch-help': { share: 0.3, rate: 0.015 },
  'hostile-peer': { share: 0.4, rate: 0.04 },
  'hostile-tab': { share: 0.3, rate: 0.03 },
} as const

type PlainKind = keyof typeof FAULTS
export type HelpFaultKind = keyof typeof HELP_FAULTS
export type FaultKind = PlainKind | HelpFaultKind

/** Those that need no pages that help each other. */
export const PLAIN_KINDS = Object.keys(FAULTS) as readonly PlainKind[]
export const HELP_KINDS = Object.keys(HELP_FAULTS) as readonly HelpFaultKind[]
export const FAULT_KINDS: readonly FaultKind[] = [...PLAIN_KINDS, ...HELP_KINDS]

const ALL: Readonly<Record<FaultKind, { readonly share: number; readonly rate: number }>> = {
  ...FAULTS,
  ...HELP_FAULTS,
}

export const rateOf = (kind: FaultKind): number => ALL[kind].rate
export const shareOf = (kind: FaultKind): number => ALL[kind].share
