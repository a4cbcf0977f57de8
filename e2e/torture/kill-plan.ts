/** When a serving relay is killed: under load, or just when it serves again and its clients come back. */
export type Strike = {
  readonly moment: 'under load' | 'in recovery'
  readonly afterReadyMs: number
}

const SHARE_IN_RECOVERY = 0.2
const RECOVERY_MS = 80
const LOAD_FROM_MS = 50
const LOAD_TO_MS = 600
/** So many starts end by another kill; a start takes some 150 ms on an idle core. */
const SHARE_IN_START_UP = 0.2
const START_UP_MS = 180

export const nextStrike = (random: () => number): Strike => {
  if (random() < SHARE_IN_RECOVERY) {
    return { moment: 'in recovery', afterReadyMs: random() * RECOVERY_MS }
  }
  const afterReadyMs = LOAD_FROM_MS + random() * (LOAD_TO_MS - LOAD_FROM_MS)
  return { moment: 'under load', afterReadyMs }
}

/** How long the next start may go on, listening or not, until it is killed; undefined where it may live. */
export const nextStartCutMs = (random: () => number): number | undefined =>
  random() < SHARE_IN_START_UP ? random() * START_UP_MS : undefined
