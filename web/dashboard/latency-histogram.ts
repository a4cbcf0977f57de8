/*
 * Durations in bins of growing width: 16 of 1/16 ms below 1 ms, and from there 16 for each doubling, up to 131 s. What comes
 * back out is the middle of a bin, so it is off by at most 1/32 (3.2 %), or by 1/32 ms below 1 ms. What is longer than
 * 131 s is counted as so long.
 */

const PARTS = 16
const DOUBLINGS = 17

export const BIN_COUNT: number = PARTS * (1 + DOUBLINGS)

/** How far off a duration may be that comes back out: so much of itself, or at least so many ms. */
export const BIN_ERROR = { share: 1 / (2 * PARTS), ms: 1 / (2 * PARTS) } as const

export const binOf = (ms: number): number => {
  if (!(ms > 0)) return 0
  if (ms < 1) return Math.floor(ms * PARTS)
  const doubling = Math.floor(Math.log2(ms))
  if (doubling >= DOUBLINGS) return BIN_COUNT - 1
  const part = Math.floor((ms / 2 ** doubling - 1) * PARTS)
  return PARTS * (1 + doubling) + Math.min(PARTS - 1, Math.max(0, part))
}

/** The middle of a bin, in ms. */
export const middleOf = (bin: number): number => {
  if (bin < PARTS) return (bin + 0.5) / PARTS
  const doubling = Math.floor(bin / PARTS) - 1
  return 2 ** doubling * (1 + ((bin % PARTS) + 0.5) / PARTS)
}

/** The smallest duration that at least this share of all is not longer than (nearest rank); undefined where there is none. */
export const percentile = (bins: ArrayLike<number>, share: number): number | undefined => {
  let count = 0
  for (let bin = 0; bin < bins.length; bin++) count += bins[bin] ?? 0
  if (count === 0) return undefined
  const rank = Math.max(1, Math.ceil(share * count))
  let passed = 0
  for (let bin = 0; bin < bins.length; bin++) {
    passed += bins[bin] ?? 0
    if (passed >= rank) return middleOf(bin)
  }
  return undefined
}
