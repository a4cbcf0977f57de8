/** Which bytes vanish while both ends believe the connection open. Up: what this client sends; down: what it receives. */
export type HalfOpen = 'none' | 'up' | 'down' | 'both'

/** What goes wrong with a client's connections. Probabilities are 0 (never) to 1 (always), drawn for each frame. */
export type FaultPlan = {
  /** A whole number below 2^32: the same seed and the same calls lose the same frames. */
  readonly seed: number
  /** Added one way, in both directions; 0 to 600,000. */
  readonly latencyMs: number
  /** Up to so much more, evenly spread; 0 to 600,000. Order is kept. */
  readonly jitterMs: number
  /** The probability that a frame to the relay is lost. */
  readonly lossUp: number
  /** The probability that a frame from the relay is lost. */
  readonly lossDown: number
  /** The probability that a frame from the relay which settles something is lost. */
  readonly loseAcks: number
  /** New connections fail; those there are go on. */
  readonly refuse: boolean
  readonly halfOpen: HalfOpen
}

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
const MAX_DELAY_MS = 600_000
const PREFIX = 'fault.'
const NUMBER = /^\d+(\.\d+)?(e[-+]?\d+)?$/i
const HALF_OPEN: readonly HalfOpen[] = ['none', 'up', 'down', 'both']

/** The largest value of each number; the smallest is 0. */
const MAXIMA = {
  seed: MAX_SEED,
  latencyMs: MAX_DELAY_MS,
  jitterMs: MAX_DELAY_MS,
  lossUp: 1,
  lossDown: 1,
  loseAcks: 1,
} as const

type NumberField = keyof typeof MAXIMA
type Field = keyof FaultPlan

/** Nothing goes wrong. */
export const cleanPlan = (seed: number): FaultPlan => ({
  seed,
  latencyMs: 0,
  jitterMs: 0,
  lossUp: 0,
  lossDown: 0,
  loseAcks: 0,
  refuse: false,
  halfOpen: 'none',
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
const isNumberField = (field: Field): field is NumberField => Object.hasOwn(MAXIMA, field)

/** A text that means nothing stays text, and is found wrong as such. */
const valueOf = (field: Field, text: string): unknown => {
  if (isNumberField(field)) return NUMBER.test(text) ? Number(text) : text
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
  if (isNumberField(field)) return numberError(field, value, shown)
  const words: readonly unknown[] = field === 'refuse' ? [true, false] : HALF_OPEN
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
  const isInRange = value >= 0 && value <= MAXIMA[field]
  if (isInRange && (field !== 'seed' || Number.isInteger(value))) return undefined
  const kind = field === 'seed' ? 'a whole number' : 'a number'
  return {
    code: 'fault-out-of-range',
    parameter,
    sentence: `${parameter} must be ${kind} from 0 to ${MAXIMA[field]}, not ${shown}.`,
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
