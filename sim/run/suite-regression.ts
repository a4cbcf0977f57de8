import { readFileSync } from 'node:fs'
import { FAULT_KINDS } from './fault-kinds.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Plan, Tier } from './plan.ts'

/** A run that failed once, kept as its list of steps: a seed would mean another run as soon as anything draws differently. */
export type Regression = {
  /** The same as the file's. */
  readonly name: string
  /** What did not stay true, such as `I3`. */
  readonly invariant: string
  /** What went wrong, in a few sentences. */
  readonly story: string
  readonly plan: Plan
}

const TIERS: readonly Tier[] = ['fast', 'documents', 'helped']

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

const isStep = (step: unknown): boolean => {
  if (!isObject(step) || !isObject(step['op']) || typeof step['afterMs'] !== 'number') return false
  const { type, kind } = step['op']
  return type === 'fault' ? FAULT_KINDS.includes(kind as FaultKind) : isText(type)
}

const isPlan = (plan: unknown): plan is Plan =>
  isObject(plan) &&
  [plan['seed'], plan['profiles'], plan['rooms']].every(isCount) &&
  TIERS.includes(plan['tier'] as Tier) &&
  Array.isArray(plan['mask']) &&
  plan['mask'].every((kind) => FAULT_KINDS.includes(kind as FaultKind)) &&
  Array.isArray(plan['steps']) &&
  plan['steps'].every(isStep)

/** What a file holds: a regression, or a plan alone. @throws {Error} with a sentence if it holds neither. */
export const readRegression = (path: string): Regression => {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (isPlan(value)) return { name: path, invariant: '', story: '', plan: value }
  if (!isObject(value) || !isPlan(value['plan'])) throw new Error(`${path} holds no plan of a run.`)
  const { name, invariant, story, plan } = value
  if (isText(name) && isText(invariant) && isText(story)) return { name, invariant, story, plan }
  throw new Error(`${path} needs a name, an invariant and a story beside its plan.`)
}
