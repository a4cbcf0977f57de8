import { Counter, Gauge, Registry } from 'prom-client'
import { ACK_LATENCY_BOUNDS_MS } from './figures.ts'
import type { RelayFigures } from './figures.ts'

/** A page for Prometheus. No label ever holds a room's or a user's name: labels are ours, and few. */
export type Metrics = {
  readonly contentType: string
  readonly page: () => Promise<string>
}

type NamesOf<Value> = {
  [Name in keyof RelayFigures]: RelayFigures[Name] extends Value ? Name : never
}[keyof RelayFigures]

/** Figures of now. The compiler asks for each figure here or below. */
const GAUGES = {
  connections: 'WebSockets that are open',
  unwelcomed: 'WebSockets that have not said hello yet',
  sessions: 'Sessions whose lease has not ended',
  roomsLoaded: 'Rooms in memory',
  seats: 'Rooms joined, summed over connections',
  producers: 'Producers that are open',
  laggingSeats: 'Joined rooms whose reader is behind',
  queueBytes: 'Bytes queued to slow readers',
  jobsWaiting: 'Jobs that wait for their turn',
  jobsRunning: 'Jobs that run',
  roomsClosed: 'Rooms that are closed for a while, since they failed too often',
  roomsWithoutJobs: 'Rooms whose jobs are refused for a while, since they failed too often',
} as const satisfies Partial<Record<NamesOf<number>, string>>

const COUNTERS: Record<Exclude<NamesOf<number>, keyof typeof GAUGES>, string> = {
  connectionsAccepted: 'Connections taken',
  connectionsRefused: 'Connections sent away at once',
  takeovers: 'Connections that took over a session',
  sessionsTimedOut: 'Sessions whose lease ended',
  internalErrors: 'Broken invariants: bugs of the relay',
  recordsAppended: 'Records made durable',
  batches: 'Batches made durable',
  bytesAppended: 'Bytes of batches made durable',
  commits: 'Commits of the store',
  commitFailures: 'Commits of the store that failed',
  checkpoints: 'Checkpoints written',
  checkpointFailures: 'Checkpoints that could not be written',
  compactions: 'Parts of logs compacted',
  compactionFailures: 'Compactions that came to nothing; the log is as it was',
  expirySweeps: 'Looks at all rooms for events that are too old to be kept',
  eventsExpired: 'Events left out since they were too old',
  roomLoads: 'Rooms loaded',
  roomLoadFailures: 'Rooms that could not be loaded',
  readFailures: 'Reads of the store that failed',
  quarantines: 'Rooms whose jobs were refused for a while from then on',
  fallbacks: 'Rooms taken back to their durable state',
  duplicatesAcked: 'Entries that came again and were acked again',
  forks: 'Keys that came again with other bytes',
  gaps: 'Entries beyond the next one of their author',
  rejections: 'Entries refused for good',
  notYets: 'Updates told to come again, since what they build on is not in the log',
  corruptEntries: 'Entries that did not fit their hash',
  sealsChecked: 'Seals of carried entries looked at',
  badSeals: 'Carried entries without their author’s seal',
  receipts: 'Receipts signed',
  denials: 'Producers denied',
  resets: 'Cursors that did not match their log',
  parted: 'Joins refused or ended',
  signals: 'Signals forwarded',
  droppedSignals: 'Signals dropped',
  droppedFrames: 'Frames on handles that were not open',
  roomCrashes: 'Rooms that failed by a bug of the relay and were loaded anew',
  roomQuarantines: 'Rooms that were closed for a while from then on, since they failed too often',
  epochTurns: 'Rooms whose log went on under a new epoch',
  answersShared: 'Answers to stock clients that needed no merge of their own',
  recordsRestored: 'Records that pages gave back',
  foreignBatches: 'Batches offered as ours that this relay did not write',
  pulls: 'Pulls asked for',
  pages: 'Pages sent',
  pagedBatches: 'Batches sent in pages',
  laggingTransitions: 'Readers that fell behind',
  bytesIn: 'Bytes of frames read',
  bytesOut: 'Bytes of frames sent',
  writes: 'Turns in which something was written to a socket',
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

/** A registry of its own, so that two relays in one process do not count into each other. */
export const createMetrics = (count: () => RelayFigures): Metrics => {
  // Counted once a page: it walks over all connections.
  let latest = count()
  const figures = (): RelayFigures => latest
  const registry = new Registry()
  const registers = [registry]
  for (const [key, help] of Object.entries(GAUGES) as [keyof typeof GAUGES, string][]) {
    const name = `holdfast_${snake(key)}`
    new Gauge({ name, help, registers, collect: setTo(() => figures()[key]) })
  }
  for (const [key, help] of Object.entries(COUNTERS) as [keyof typeof COUNTERS, string][]) {
    const name = `holdfast_${snake(key)}_total`
    new Counter({ name, help, registers, collect: countTo(() => figures()[key]) })
  }
  const families = [
    ['frames_in', 'type', () => figures().framesIn, 'Frames read'],
    ['frames_out', 'type', () => figures().framesOut, 'Frames sent'],
    ['closes', 'reason', () => figures().closes, 'Connections closed'],
    ['job_failures', 'code', () => figures().jobFailures, 'Jobs that have no answer'],
  ] as const
  for (const [key, label, counts, help] of families) {
    const name = `holdfast_${key}_total`
    const collect = countEachTo(label, counts)
    new Counter({ name, help, registers, labelNames: [label], collect })
  }
  addProcess(registers)
  const page = async (): Promise<string> => {
    latest = count()
    return (await registry.metrics()) + ackLatencyText(latest.ackLatency)
  }
  return { contentType: registry.contentType, page }
}

type Collect<Metric> = (this: Metric) => void

const setTo = (value: () => number): Collect<Gauge> =>
  function () {
    this.set(value())
  }

const countTo = (value: () => number): Collect<Counter> =>
  function () {
    this.reset()
    this.inc(value())
  }

const countEachTo = (
  label: string,
  counts: () => Readonly<Record<string, number>>,
): Collect<Counter> =>
  function () {
    this.reset()
    for (const [name, count] of Object.entries(counts())) this.inc({ [label]: name }, count)
  }

/** The core has counted into buckets already; prom-client offers no way to hand those over, so this is its text. */
const ackLatencyText = ({ count, sumMs, buckets }: RelayFigures['ackLatency']): string => {
  const name = 'holdfast_ack_latency_seconds'
  let below = 0
  const rows = [...ACK_LATENCY_BOUNDS_MS, Infinity].map((boundMs, at) => {
    below += buckets[at] ?? 0
    const le = boundMs === Infinity ? '+Inf' : String(boundMs / 1000)
    return `${name}_bucket{le="${le}"} ${below}`
  })
  return [
    '',
    `# HELP ${name} From an append's arrival to its batch being durable`,
    `# TYPE ${name} histogram`,
    ...rows,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}`,
    '',
  ].join('\n')
}

const addProcess = (registers: Registry[]): void => {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process',
    registers,
    collect: setTo(() => process.memoryUsage.rss()),
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process',
    registers,
    collect: countTo(() => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000_000
    }),
  })
}
