import { FAULT_KINDS, HALF_OPEN_WORDS } from './fault-kinds.ts'
import type { FaultPlan } from './fault-kinds.ts'

export type FaultPlanErrorCode =
  | 'unknown-fault'
  | 'repeated-fault'
  | 'bad-fault-number'
  | 'fault-out-of-range'
  | 'bad-fault-word'

export type FaultPlanError = {
  readonly code: FaultPlanErrorCode
  readonly parameter: string
  readonly sentence: string
}

export type FaultPlanResult =
  | { readonly ok: true; readonly plan: FaultPlan }
  | { readonly ok: false; readonly error: FaultPlanError }

const MAX_SEED = 2 ** 32 - 1
const PREFIX = 'fault.'
const NUMBER = /^\d+(\.\d+)?(e[-+]?\d+)?$/i

type Field = keyof FaultPlan
type WordField = 'refuse' | 'halfOpen'
type NumberField = Exclude<Field, WordField>
type Range = { readonly min: number; readonly max: number; readonly isWhole: boolean }

const WORDS: Readonly<Record<WordField, readonly unknown[]>> = {
  refuse: [true, false],
  halfOpen: HALF_OPEN_WORDS,
}

const RANGES: ReadonlyMap<string, Range> = new Map([
  ['seed', { min: 0, max: MAX_SEED, isWhole: true }],
  ...FAULT_KINDS.map(({ field, unit, min, max }) => {
    return [field, { min, max, isWhole: unit === 'frames' }] as const
  }),
])

/** Nothing goes wrong. */
export const cleanPlan = (seed: number): FaultPlan => ({
  seed,
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecondUp: 0,
  bytesPerSecondDown: 0,
  lossUp: 0,
  lossDown: 0,
  duplicateUp: 0,
  duplicateDown: 0,
  reorderUp: 0,
  reorderDown: 0,
  reorderFrames: 3,
  corruptUp: 0,
  corruptDown: 0,
  loseAcks: 0,
  cut: 0,
  refuse: false,
  halfOpen: 'none',
  flapOnMs: 0,
  flapOffMs: 0,
})

/** What is wrong with a plan or a part of one, or undefined. */
export const faultPlanError = (plan: Partial<FaultPlan>): FaultPlanError | undefined => {
  for (const [field, value] of Object.entries(plan)) {
    const error = isField(field) ? valueError(field, value) : unknownFault(field)
    if (error !== undefined) return error
  }
  return undefined
}

/**
 * Reads a plan from a page's address: `?fault.seed=7&fault.latencyMs=120&fault.halfOpen=up`. What is not named is as in
 * `cleanPlan(0)`; parameters without `fault.` in front are somebody else's and ignored. Never throws.
 */
export const parseFaultPlan = (parameters: URLSearchParams | string): FaultPlanResult => {
  const given = typeof parameters === 'string' ? new URLSearchParams(parameters) : parameters
  const read = new Map<Field, unknown>()
  for (const [name, text] of given) {
    if (!name.startsWith(PREFIX)) continue
    const field = name.slice(PREFIX.length)
    if (!isField(field)) return { ok: false, error: unknownFault(field) }
    if (read.has(field)) return { ok: false, error: repeatedFault(field) }
    const value = valueOf(field, text)
    const error = valueError(field, value, text)
    if (error !== undefined) return { ok: false, error }
    read.set(field, value)
  }
  // Each value was checked against its field just above.
  const named = Object.fromEntries(read) as Partial<FaultPlan>
  return { ok: true, plan: { ...cleanPlan(0), ...named } }
}

/** The other way: the seed, and all that differs from a clean plan. `parseFaultPlan` gives the same plan back. */
export const formatFaultPlan = (plan: FaultPlan): string => {
  const clean = cleanPlan(plan.seed)
  const parameters = new URLSearchParams()
  for (const field of Object.keys(clean)) {
    if (!isField(field)) continue
    if (field === 'seed' || plan[field] !== clean[field]) {
      parameters.set(PREFIX + field, String(plan[field]))
    }
  }
  return parameters.toString()
}

const isField = (name: string): name is Field => Object.hasOwn(cleanPlan(0), name)
const isWordField = (field: Field): field is WordField => Object.hasOwn(WORDS, field)

/** A text that means nothing stays text, and is found wrong as such. */
const valueOf = (field: Field, text: string): unknown => {
  if (!isWordField(field)) return NUMBER.test(text) ? Number(text) : text
  if (field === 'refuse' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

const valueError = (
  field: Field,
  value: unknown,
  text: string = String(value),
): FaultPlanError | undefined => {
  const parameter = PREFIX + field
  const shown = JSON.stringify(text.slice(0, 40))
  if (!isWordField(field)) return numberError(field, value, shown)
  const words = WORDS[field]
  if (words.includes(value)) return undefined
  const sentence = `${parameter} must be one of ${words.join(', ')}, not ${shown}.`
  return { code: 'bad-fault-word', parameter, sentence }
}

const numberError = (
  field: NumberField,
  value: unknown,
  shown: string,
): FaultPlanError | undefined => {
  const parameter = PREFIX + field
  if (typeof value !== 'number' || Number.isNaN(value)) {
    return {
      code: 'bad-fault-number',
      parameter,
      sentence: `${parameter} must be a plain number, not ${shown}.`,
    }
  }
  const { min, max, isWhole } = RANGES.get(field)!
  const isInRange = value >= min && value <= max
  if (isInRange && (!isWhole || Number.isInteger(value))) return undefined
  const kind = isWhole ? 'a whole number' : 'a number'
  return {
    code: 'fault-out-of-range',
    parameter,
    sentence: `${parameter} must be ${kind} from ${min} to ${max}, not ${shown}.`,
  }
}

const unknownFault = (field: string): FaultPlanError => {
  const parameter = PREFIX + field
  const known = Object.keys(cleanPlan(0)).join(', ')
  const sentence = `There is no fault ${JSON.stringify(field.slice(0, 40))}; there are ${known}.`
  return { code: 'unknown-fault', parameter, sentence }
}

const repeatedFault = (field: Field): FaultPlanError => {
  const parameter = PREFIX + field
  return {
    code: 'repeated-fault',
    parameter,
    sentence: `${parameter} is given more than once.`,
  }
}
