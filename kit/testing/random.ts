/** In [0, 1), 32 bits fine. */
export type Random = () => number

const DISCARDED_DRAWS = 15
const TWO_TO_32 = 2 ** 32

/**
 * sfc32, the "small fast counting" generator by Chris Doty-Humphrey, version 4 (public domain; PractRand,
 * https://pracrand.sourceforge.net, src/RNGs/sfc.cpp). The words name a stream: (seed, connection, direction), say. The same
 * words give the same draws for ever, in every browser and in Node; only their lowest 32 bits count. Not for secrets.
 */
export const seededRandom = (seed: number, second: number = 0, third: number = 0): Random => {
  let a = seed | 0
  let b = second | 0
  let c = third | 0
  let counter = 1
  const draw = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / TWO_TO_32
  }
  // The first draws of small seeds look alike.
  for (let i = 0; i < DISCARDED_DRAWS; i++) draw()
  return draw
}
