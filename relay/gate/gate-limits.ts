/**
 * Bounds of the gate. None is told to clients: an honest page does not come near any of them. Each figure has its source beside it.
 */
export type GateLimits = {
  /**
   * G5: how deep arrays and objects may lie inside each other in one value. Yjs reads them by recursion: 18 KB of nested maps overflow its
   * stack, 12 KB do not (measured, Yjs 13.6 on Node 20), at four bytes or more a level. A choice of ours far below that.
   */
  readonly maxDepth: number
  /**
   * G6: no clock reaches beyond this. A page load that replaced 10 KB of text each second would take two and a half days to get there.
   */
  readonly maxClock: number
  /**
   * G13: how many clocks somebody else may claim at once of a Yjs client whose holder is here. What its holder has under way is at most one
   * window of 1 MiB, or one entry of 4 MiB, and no content takes less than a byte for a clock.
   */
  readonly maxForeignClocks: number
  /**
   * G15: Yjs clients that one update may bring. A page brings one; whoever offers a whole document brings one for each page load that ever
   * wrote in it. Yjs takes 10.7 s for 10,000 of them, one update each (measured), and its time grows with their square.
   */
  readonly maxNewClients: number
  /** G15: Yjs clients of a room. At this many a page reads the log for minutes, and the vector takes 9 MB (measured). */
  readonly maxClients: number
}

export const DEFAULT_GATE_LIMITS: GateLimits = {
  maxDepth: 256,
  maxClock: 2 ** 31,
  maxForeignClocks: 2 ** 22,
  maxNewClients: 16_384,
  maxClients: 65_536,
}
