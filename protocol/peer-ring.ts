/** R1: with so many pages a page has direct links at most; each also costs the others. */
export const MAX_PEER_LINKS = 8

/** A place on the ring for a session's number, which is a count: hashed, so that those who came together do not all stand together. */
const placeOf = (session: number): number => {
  let hash = Math.imul((session % 2 ** 32) | 0, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/**
 * R1: with whom a page has links: the four before it and the four behind it on a ring of all sessions, which is everybody where there are at most nine. Who finds
 * another one there is found by that one too, as long as both know of the same sessions.
 */
export const neighboursOf = (self: number, others: readonly number[]): readonly number[] => {
  const ring = [...new Set([self, ...others])].toSorted(
    (one, other) => placeOf(one) - placeOf(other) || one - other,
  )
  const at = ring.indexOf(self)
  const near = new Set<number>()
  for (let step = 1; step <= MAX_PEER_LINKS / 2; step++) {
    near.add(ring[(at + step) % ring.length]!)
    near.add(ring[(at - step + step * ring.length) % ring.length]!)
  }
  near.delete(self)
  return [...near]
}
