/**
 * The wire's version: one integer, raised with every change that an older end would misread.
 * History, one line each:
 * 1  the first wire: hello, rooms, producers, batches, signals, presence; `repair`, `notYet`, seals and codes reserved
 * 2  a checksum behind every frame (W19)
 * 3  `notYet` (S13), and entries refused as `poisonous-update`
 * 4  large frames in pieces (W22); authors of keys (P1), `carry`, seals, passes and receipts (K)
 * 5  `vouch` and `vouched` (C14)
 */
export const PROTOCOL_VERSION: number = 5
/** The oldest version that this code still speaks. */
export const OLDEST_VERSION: number = 5

/** V1: the newest version that both ends speak, or undefined when there is none. */
export const negotiate = (min: number, max: number): number | undefined => {
  const chosen = Math.min(max, PROTOCOL_VERSION)
  return chosen >= Math.max(min, OLDEST_VERSION) ? chosen : undefined
}
