import type { FaultPlan } from './fault-kinds.ts'

export type FaultPreset = {
  readonly name: string
  /** For people. */
  readonly label: string
  /** One sentence. */
  readonly description: string
  /** Put over a clean plan. */
  readonly plan: Partial<Omit<FaultPlan, 'seed'>>
}

/** Networks that people know. The figures are choices of ours, near what such networks feel like. */
export const FAULT_PRESETS: readonly FaultPreset[] = [
  {
    name: 'train',
    label: 'Train',
    description: 'A slow and uneven mobile network that is gone in every tunnel.',
    plan: {
      latencyMs: 120,
      jitterMs: 300,
      bytesPerSecondUp: 30_000,
      bytesPerSecondDown: 60_000,
      flapOnMs: 20_000,
      flapOffMs: 6000,
    },
  },
  {
    name: 'cafe',
    label: 'Café',
    description:
      'A crowded wireless network: little bandwidth, much jitter, and now and then a cut.',
    plan: {
      latencyMs: 40,
      jitterMs: 150,
      bytesPerSecondUp: 15_000,
      bytesPerSecondDown: 40_000,
      cut: 0.005,
    },
  },
  {
    name: 'elevator',
    label: 'Elevator',
    description: 'Both ends believe the connection open while nothing comes through either way.',
    plan: { halfOpen: 'both' },
  },
  {
    name: 'hotel-proxy',
    label: 'Hotel proxy',
    description: 'Something in between loses, doubles and swaps frames and spoils a few of them.',
    plan: {
      latencyMs: 60,
      lossUp: 0.02,
      lossDown: 0.02,
      duplicateUp: 0.05,
      duplicateDown: 0.05,
      reorderUp: 0.05,
      reorderDown: 0.05,
      reorderFrames: 3,
      corruptUp: 0.01,
      corruptDown: 0.01,
    },
  },
  {
    name: 'flapping',
    label: 'Flapping',
    description: 'The network is there for two seconds and gone for one, over and over.',
    plan: { flapOnMs: 2000, flapOffMs: 1000 },
  },
]
