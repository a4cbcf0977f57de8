/** Three figures that count, without an exponent. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** The value below which `percent` of `values` are; NaN where there are none. */
export const percentile = (values: readonly number[], percent: number): number => {
  if (values.length === 0) return NaN
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export type Summary = {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
}

/** What alternating rounds come to: the middle one, and from where to where they go. */
export const summaryOf = (values: readonly number[]): Summary => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
  rounds: values.length,
})

export type RatioInterval = {
  /** Median of the pairs' ratios. */
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly pairs: number
  /** Whether the interval leaves 1 out: a change, and not noise. */
  readonly isChange: boolean
}

/** Fewer pairs than this cannot show a change with one chance of error in twenty: all of five may go one way by luck in 2 of 32 cases. */
export const LEAST_PAIRS = 6
const MOST_ERROR = 0.05

/** ln of n over k, for the binomial. */
const lnChoose = (n: number, k: number): number => {
  let sum = 0
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i)
  return sum
}

/** How many of the sorted ratios may be left out at each end, so that what stays holds the median in 95 of 100 cases. */
const leftOutOf = (pairs: number): number => {
  let chance = 0
  for (let k = 0; k <= pairs; k++) {
    chance += Math.exp(lnChoose(pairs, k) - pairs * Math.LN2)
    if (2 * chance > MOST_ERROR) return k
  }
  return pairs
}

/**
 * The ratio `later / earlier` of paired rounds, with the interval of the sign test around its median: nothing is assumed of how noise is
 * spread, but that a pair is as often harmed on one side as on the other.
 */
export const ratioInterval = (
  earlier: readonly number[],
  later: readonly number[],
): RatioInterval => {
  const ratios = later.map((value, at) => value / earlier[at]!).toSorted((a, b) => a - b)
  const pairs = ratios.length
  const leftOut = leftOutOf(pairs)
  const isEnough = pairs >= LEAST_PAIRS && leftOut > 0
  const low = isEnough ? ratios[leftOut - 1]! : 0
  const high = isEnough ? ratios[pairs - leftOut]! : Infinity
  return { ratio: median(ratios), low, high, pairs, isChange: low > 1 || high < 1 }
}
