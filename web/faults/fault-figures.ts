import type { FaultField } from '../../kit/testing/index.ts'

/** How a number of a plan is shown and typed: a probability in percent, all else as it is. */
const PERCENT = 100

const UNIT_WORDS: Readonly<Record<string, string>> = {
  ms: 'ms',
  'bytes per second': 'bytes/s',
  probability: '%',
  frames: 'frames',
}

export const unitWord = ({ unit }: FaultField): string => UNIT_WORDS[unit] ?? ''

/** Without the noise of binary fractions: 0.07 is 7 percent. */
const rounded = (value: number): number => Number(value.toPrecision(12))

export const shownNumber = ({ unit }: FaultField, value: number): number =>
  unit === 'probability' ? rounded(value * PERCENT) : value

/** What was typed, as the plan has it, or what is wrong with it in a sentence. */
export const typedNumber = (
  field: FaultField,
  text: string,
): { readonly value: number } | { readonly problem: string } => {
  const typed = text.trim() === '' ? Number.NaN : Number(text)
  const value = field.unit === 'probability' ? rounded(typed / PERCENT) : typed
  const isWhole = field.unit !== 'frames' || Number.isInteger(value)
  if (value >= field.min && value <= field.max && isWhole) return { value }
  const [min, max] = [shownNumber(field, field.min), shownNumber(field, field.max)]
  const kind = field.unit === 'frames' ? 'a whole number' : 'a number'
  return {
    problem: `This takes ${kind} from ${min} to ${max.toLocaleString('en')} ${unitWord(field)}.`,
  }
}

export const percentWords = (probability: number): string =>
  `${shownNumber({ unit: 'probability' } as FaultField, probability)} %`

export const msWords = (ms: number): string =>
  ms < 1000 ? `${rounded(ms)} ms` : `${rounded(ms / 1000)} s`

export const speedWords = (bytesPerSecond: number): string => {
  if (bytesPerSecond === 0) return 'no bound'
  if (bytesPerSecond < 1000) return `${rounded(bytesPerSecond)} B/s`
  if (bytesPerSecond < 1_000_000) return `${rounded(bytesPerSecond / 1000)} kB/s`
  return `${rounded(bytesPerSecond / 1_000_000)} MB/s`
}

/** A number of a plan with its unit, as it is said. */
export const figureWords = ({ unit }: FaultField, value: number): string => {
  if (unit === 'probability') return percentWords(value)
  if (unit === 'ms') return msWords(value)
  if (unit === 'bytes per second') return speedWords(value)
  return `${value} ${value === 1 ? 'frame' : 'frames'}`
}
