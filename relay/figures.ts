/** Upper bounds of the ack latency histogram, in milliseconds; a last bucket without bound follows. */
export const ACK_LATENCY_BOUNDS_MS: readonly number[] = [
  1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000,
]

/** What the core counts: plain numbers, since the process began unless said to be of now. */
export type RelayFigures = {
  /** Of now. */
  connections: number
  unwelcomed: number
  sessions: number
  roomsLoaded: number
  seats: number
  producers: number
  laggingSeats: number
  queueBytes: number
  jobsWaiting: number
  jobsRunning: number
  /** S16, J15: rooms into which nobody is let, and J6: those whose jobs are refused. */
  roomsClosed: number
  roomsWithoutJobs: number

  connectionsAccepted: number
  connectionsRefused: number
  takeovers: number
  sessionsTimedOut: number
  internalErrors: number

  recordsAppended: number
  batches: number
  bytesAppended: number
  /** Calls of the store that became durable, each for one or more rooms. */
  commits: number
  commitFailures: number
  checkpoints: number
  checkpointFailures: number
  compactions: number
  compactionFailures: number
  /** S19: looks for events that are too old, each at all rooms, and events that were left out. */
  expirySweeps: number
  eventsExpired: number
  roomLoads: number
  roomLoadFailures: number
  readFailures: number
  /** J6: how often a room's jobs were refused for a while from then on. */
  quarantines: number
  /** S11: rooms that were taken back to their durable state. */
  fallbacks: number

  duplicatesAcked: number
  forks: number
  gaps: number
  rejections: number
  /** S13: updates that were told to come again. */
  notYets: number
  corruptEntries: number
  /** K5, K4: seals of carried entries that were looked at, and those of them that were none. */
  sealsChecked: number
  badSeals: number
  /** K7 */
  receipts: number
  denials: number
  resets: number
  parted: number

  signals: number
  droppedSignals: number
  /** W4: frames on handles that are not open. */
  droppedFrames: number
  /** S16: rooms that failed by a fault of ours, and those that are closed for a while since they did so too often. */
  roomCrashes: number
  roomQuarantines: number
  /** S15: rooms whose log went on under a new epoch. */
  epochTurns: number
  /** Y3: state vectors of stock clients that needed no merge of their own. */
  answersShared: number
  /** C12: records that pages gave back, and batches that they offered and this relay did not write. */
  recordsRestored: number
  foreignBatches: number
  pulls: number
  pages: number
  pagedBatches: number
  laggingTransitions: number

  bytesIn: number
  bytesOut: number
  /** Turns in which something was written to a socket: each is one call of the system. */
  writes: number
  readonly framesIn: Record<string, number>
  readonly framesOut: Record<string, number>
  /** By the name of the code, its number where the protocol has no name for it, or "other". */
  readonly closes: Record<string, number>
  /** Jobs that ran and have no answer, by the code of why. */
  readonly jobFailures: Record<string, number>

  /** From an append's arrival to the moment its batch was durable. Not cumulative; one more than there are bounds. */
  readonly ackLatency: { count: number; sumMs: number; readonly buckets: number[] }
}

const ZERO = {
  connections: 0,
  unwelcomed: 0,
  sessions: 0,
  roomsLoaded: 0,
  seats: 0,
  producers: 0,
  laggingSeats: 0,
  queueBytes: 0,
  jobsWaiting: 0,
  jobsRunning: 0,
  roomsClosed: 0,
  roomsWithoutJobs: 0,
  connectionsAccepted: 0,
  connectionsRefused: 0,
  takeovers: 0,
  sessionsTimedOut: 0,
  internalErrors: 0,
  recordsAppended: 0,
  batches: 0,
  bytesAppended: 0,
  commits: 0,
  commitFailures: 0,
  checkpoints: 0,
  checkpointFailures: 0,
  compactions: 0,
  compactionFailures: 0,
  expirySweeps: 0,
  eventsExpired: 0,
  roomLoads: 0,
  roomLoadFailures: 0,
  readFailures: 0,
  quarantines: 0,
  fallbacks: 0,
  duplicatesAcked: 0,
  forks: 0,
  gaps: 0,
  rejections: 0,
  notYets: 0,
  corruptEntries: 0,
  sealsChecked: 0,
  badSeals: 0,
  receipts: 0,
  denials: 0,
  resets: 0,
  parted: 0,
  signals: 0,
  droppedSignals: 0,
  droppedFrames: 0,
  roomCrashes: 0,
  roomQuarantines: 0,
  epochTurns: 0,
  answersShared: 0,
  recordsRestored: 0,
  foreignBatches: 0,
  pulls: 0,
  pages: 0,
  pagedBatches: 0,
  laggingTransitions: 0,
  bytesIn: 0,
  bytesOut: 0,
  writes: 0,
}

export const newFigures = (): RelayFigures => ({
  ...ZERO,
  framesIn: {},
  framesOut: {},
  closes: {},
  jobFailures: {},
  ackLatency: { count: 0, sumMs: 0, buckets: ACK_LATENCY_BOUNDS_MS.map(() => 0).concat(0) },
})

/** One more of a name that is ours: the keys never come from a peer. */
export const countOne = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1
}

export const observeAck = ({ ackLatency }: RelayFigures, ms: number): void => {
  const at = ACK_LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
  ackLatency.buckets[at === -1 ? ACK_LATENCY_BOUNDS_MS.length : at]! += 1
  ackLatency.count++
  ackLatency.sumMs += ms
}
