import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const IN_FLIGHT = 4
const MOST = {
  setting: 'all',
  column: 'updatesPerSecond',
  missed:
    'The thread has its core full: it hashes, judges and orders each update, and has a row of LMDB for each room. Tried: commits at a distance, hashes in one call, keys that are no texts, and a write-ahead log in front of LMDB, whose rows have to be moved all the same (0024, 0025, 0026).',
} as const

/** More than anybody manages in the time. */
const MOST_PER_SECOND = 60_000

/** How much goes through many small rooms. */
export const roomsMost: Row = {
  name: 'rooms-most',
  title: 'Many rooms of two, at most',
  how: `Two clients in each room, one of whom writes as soon as fewer than ${IN_FLIGHT} updates are on their way to the other. Where a server takes a whole core it is full: one process of it does no more.`,
  columns: [
    { key: 'updatesPerSecond', title: 'updates', unit: '/s', better: 'more', isMain: true },
    { key: 'p99', title: 'p99', unit: 'ms', better: 'less' },
    { key: 'usPerUpdate', title: 'server CPU per update', unit: 'µs', better: 'less' },
    { key: 'share', title: 'of one core', unit: '%', better: 'less' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'y-leveldb', 'hocuspocus-sqlite'],
  leftOut: { 'bare-ws': 'It keeps nothing.', hocuspocus: 'Measured with its storage.' },
  goals: [
    { ...MOST, against: 'y-websocket', atLeast: 1.25 },
    { ...MOST, against: 'hocuspocus-sqlite', atLeast: 2 },
    { ...MOST, column: 'p99', against: 'y-websocket', atMost: 1 },
  ],
  settings: (isQuick) => [isQuick ? 100 : 1000].map((value) => ({ name: `${value} rooms`, value })),
  run: async (stage, { value: rooms }) => {
    const paceOf = (seconds: number) =>
      ({
        type: 'window',
        inFlight: IN_FLIGHT,
        updates: MOST_PER_SECOND * seconds,
        seconds,
      }) as const
    const flow = await measureFlow(stage, {
      rooms,
      perRoom: 2,
      writersPerRoom: 1,
      warmUp: paceOf(stage.isQuick ? 0.2 : 2),
      pace: paceOf(stage.isQuick ? 0.5 : 8),
    })
    const { updates, seconds, p99, usPerUpdate, cpuShare, missing } = flow
    return {
      updatesPerSecond: updates / seconds,
      p99,
      usPerUpdate,
      share: 100 * cpuShare,
      missing,
    }
  },
}
