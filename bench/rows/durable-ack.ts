import { probeDisk } from '../disk-probe.ts'
import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const ROOMS = 20
const IN_FLIGHT = 1024
/** Before and after, so that a disk that gets slower meanwhile shows. */
const PROBES = 100

const NO_ACK = 'It says nothing of what is on a disk.'

/** How long it takes until a page may say that it is saved. */
export const durableAck: Row = {
  name: 'durable-ack',
  title: 'An ack that means: on disk',
  how: `From writing to one's own record, ${ROOMS} rooms of one writer; "in flight": one room, ${IN_FLIGHT} updates unacked. The disk's own time is a page written and synced by fdatasync, before and after in the same folder.`,
  columns: [
    { key: 'ackP50', title: 'ack p50', unit: 'ms', better: 'less', isMain: true },
    { key: 'ackP99', title: 'ack p99', unit: 'ms', better: 'less' },
    { key: 'appendsPerSecond', title: 'appends', unit: '/s', better: 'more' },
    { key: 'diskP50', title: "the disk's p50", unit: 'ms', better: 'less' },
    { key: 'ackLessDisk', title: 'ack p50 less disk p50', unit: 'ms', better: 'less' },
    { key: 'ackToDisk', title: 'ack p50 ÷ disk p50', unit: '×', better: 'less' },
    { key: 'missing', title: 'not acked', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast'],
  leftOut: {
    'holdfast-y': 'The protocol of y-websocket has no ack.',
    'y-websocket': NO_ACK,
    'y-leveldb': NO_ACK,
    hocuspocus: 'Its SyncStatus says that the update is in the memory of the server.',
    'hocuspocus-sqlite': 'Its SyncStatus comes before the document is stored.',
    'bare-ws': NO_ACK,
  },
  goals: [
    {
      setting: '200/s',
      column: 'ackLessDisk',
      atMost: 0.5,
      missed:
        'LMDB syncs twice for a commit, in a thread. Tried: a write-ahead log in front of it, with one sync, which was a quarter faster and saved little CPU (0024, 0025).',
    },
    {
      setting: '2,000/s',
      column: 'ackP99',
      atMost: 5,
      missed:
        'A commit begins 4 ms behind the one before at the earliest: an edit is acked later for it, and costs much less; `lingerMs` 0 takes the wait away (0024, 0025).',
    },
    {
      setting: `${IN_FLIGHT} in flight`,
      column: 'appendsPerSecond',
      atLeast: 100_000,
      missed:
        'The process that writes them has its core full, and the relay’s thread is idle for a third of the time: what it could do beside more cores is not known. Tried: hashes in one call, a gate that copies no queue, keys that are no texts (0024, 0025, 0026).',
    },
  ],
  settings: () => [
    { name: '200/s', value: 200 },
    { name: '2,000/s', value: 2000 },
    { name: `${IN_FLIGHT} in flight`, value: 0 },
  ],
  run: async (stage, { value: perSecond }) => {
    const before = probeDisk(stage.folder, PROBES)
    const seconds = stage.isQuick ? 0.4 : 10
    const flood = (share: number) =>
      ({ type: 'window', inFlight: IN_FLIGHT, updates: 30_000 * seconds * share, seconds }) as const
    const isFlood = perSecond === 0
    const flow = await measureFlow(stage, {
      rooms: isFlood ? 1 : ROOMS,
      perRoom: 1,
      writersPerRoom: 1,
      warmUp: isFlood ? flood(0.1) : { type: 'rate', perSecond, seconds: 0.5 },
      pace: isFlood ? flood(1) : { type: 'rate', perSecond, seconds },
    })
    const after = probeDisk(stage.folder, PROBES)
    const diskP50 = (before.p50 + after.p50) / 2
    return {
      ackP50: flow.ownP50,
      ackP99: flow.ownP99,
      appendsPerSecond: flow.updates / flow.seconds,
      diskP50,
      ackLessDisk: flow.ownP50 - diskP50,
      ackToDisk: flow.ownP50 / diskP50,
      missing: flow.missing,
    }
  },
}
