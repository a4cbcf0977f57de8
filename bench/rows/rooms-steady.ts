import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const PER_ROOM_A_SECOND = 2

const OVERALL = {
  setting: 'all',
  column: 'usPerUpdate',
  missed:
    'Of what an update costs a third is the commit and its row of LMDB; the rest is hashing, judging and ordering, and the messages of a page: its confirmations and beats. Tried: commits at a distance, confirmations when nothing came for a second, hashes in one call, and a write-ahead log in front of LMDB, which saved nothing here (0024, 0025).',
} as const

/** Many small rooms with little in each: what a server has most of the day. */
export const roomsSteady: Row = {
  name: 'rooms-steady',
  title: 'Many rooms of two',
  how: `Two clients in each room, one of whom writes ${PER_ROOM_A_SECOND} updates a second. Who keeps documents keeps them.`,
  columns: [
    {
      key: 'usPerUpdate',
      title: 'server CPU per update',
      unit: 'µs',
      better: 'less',
      isMain: true,
    },
    { key: 'p50', title: 'p50', unit: 'ms', better: 'less' },
    { key: 'p99', title: 'p99', unit: 'ms', better: 'less' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'y-leveldb', 'hocuspocus-sqlite'],
  leftOut: { 'bare-ws': 'It keeps nothing.', hocuspocus: 'Measured with its storage.' },
  goals: [
    { ...OVERALL, against: 'y-websocket', atMost: 1.1 },
    { ...OVERALL, against: 'y-leveldb', atMost: 0.4 },
    { ...OVERALL, against: 'hocuspocus-sqlite', atMost: 0.7 },
  ],
  settings: (isQuick) => [isQuick ? 100 : 1000].map((value) => ({ name: `${value} rooms`, value })),
  run: async (stage, { value: rooms }) => {
    const perSecond = rooms * PER_ROOM_A_SECOND
    const { usPerUpdate, p50, p99, missing } = await measureFlow(stage, {
      rooms,
      perRoom: 2,
      writersPerRoom: 1,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.2 : 3 },
      // Who stores some seconds later must be seen storing.
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.5 : 15 },
    })
    return { usPerUpdate, p50, p99, missing }
  },
}
