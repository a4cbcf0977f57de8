import type { FaultPlan } from '../../kit/testing/index.ts'

/** Of a plan, what one sets by a slider or a number. */
export type NumberField = Exclude<keyof FaultPlan, 'seed' | 'refuse' | 'halfOpen'>

export type NumberControl = {
  readonly fault: string
  readonly field: NumberField
  /** As somebody types it, and as the plan has it. */
  readonly typed: string
  readonly value: number
  /** What must be on beside it so that it strikes. */
  readonly beside?: Partial<FaultPlan>
}

/** Each such control, and what somebody types there to see it strike. */
export const NUMBERS: readonly NumberControl[] = [
  { fault: 'Latency', field: 'latencyMs', typed: '30', value: 30 },
  { fault: 'Jitter', field: 'jitterMs', typed: '30', value: 30 },
  { fault: 'Bandwidth', field: 'bytesPerSecondUp', typed: '20000', value: 20_000 },
  { fault: 'Bandwidth', field: 'bytesPerSecondDown', typed: '20000', value: 20_000 },
  { fault: 'Loss', field: 'lossUp', typed: '20', value: 0.2 },
  { fault: 'Loss', field: 'lossDown', typed: '20', value: 0.2 },
  { fault: 'Duplicates', field: 'duplicateUp', typed: '40', value: 0.4 },
  { fault: 'Duplicates', field: 'duplicateDown', typed: '40', value: 0.4 },
  { fault: 'Reordering', field: 'reorderUp', typed: '30', value: 0.3 },
  { fault: 'Reordering', field: 'reorderDown', typed: '30', value: 0.3 },
  {
    fault: 'Reordering',
    field: 'reorderFrames',
    typed: '5',
    value: 5,
    beside: { reorderUp: 0.4 },
  },
  { fault: 'Corruption', field: 'corruptUp', typed: '12.5', value: 0.125 },
  { fault: 'Corruption', field: 'corruptDown', typed: '12.5', value: 0.125 },
  { fault: 'Lost acks', field: 'loseAcks', typed: '50', value: 0.5 },
  { fault: 'Cuts', field: 'cut', typed: '10', value: 0.1 },
  {
    fault: 'Flapping',
    field: 'flapOnMs',
    typed: '400',
    value: 400,
    beside: { flapOffMs: 200 },
  },
  {
    fault: 'Flapping',
    field: 'flapOffMs',
    typed: '200',
    value: 200,
    beside: { flapOnMs: 400 },
  },
]
