import { seededRandom } from '../../kit/testing/index.ts'

/** Draws of one part of the world. */
export type Draws = {
  /** In [0, 1). */
  readonly unit: () => number
  /** In [0, below), whole. */
  readonly below: (below: number) => number
  /** In [from, to). */
  readonly between: (from: number, to: number) => number
  readonly chance: (share: number) => boolean
  readonly bytes: (length: number) => Uint8Array
}

/** FNV-1a, 32 bits, by Fowler, Noll and Vo (RFC 9923). */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}

/**
 * A stream of its own for each part (the network, a page's ids …): what one part draws does not shift another's, so a run that
 * is shortened stays much as it was.
 */
export const drawsOf = (seed: number, part: string): Draws => {
  const unit = seededRandom(seed, hashOf(part), Math.floor(seed / 2 ** 32))
  const below = (count: number): number => Math.floor(unit() * count)
  return {
    unit,
    below,
    between: (from, to) => from + unit() * (to - from),
    chance: (share) => unit() < share,
    bytes: (length) => {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at++) bytes[at] = below(256)
      return bytes
    },
  }
}
