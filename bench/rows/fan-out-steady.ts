import type { ContestantName } from '../contestants.ts'
import type { Goal, Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const PER_SECOND = 5000

const AT_MOST = [
  ['1 × 10', 0.95],
  ['1 × 50', 0.85],
  ['1 × 200', 0.95],
] as const

const goalAt = (setting: string, against: ContestantName, atMost: number): Goal => ({
  setting,
  column: 'usPerDelivery',
  against,
  atMost,
  missed:
    'A commit is waited for, and the fewer readers share it the more it weighs; without any disk ours would be about half-way to y-websocket. Tried: commits at a distance, fewer confirmations, one frame for all, and a write-ahead log in front of LMDB (0024, 0025).',
})

/** The same number of deliveries a second, by few updates to many or by many to few. */
export const fanOutSteady: Row = {
  name: 'fan-out-steady',
  title: 'Steady fan-out in one room',
  how: `One writer, ${PER_SECOND} deliveries a second in all.`,
  columns: [
    {
      key: 'usPerDelivery',
      title: 'server CPU per delivery',
      unit: 'µs',
      better: 'less',
      isMain: true,
    },
    { key: 'p50', title: 'p50', unit: 'ms', better: 'less' },
    { key: 'p99', title: 'p99', unit: 'ms', better: 'less' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws'],
  goals: [
    ...AT_MOST.map(([setting, atMost]) => goalAt(setting, 'y-websocket', atMost)),
    ...AT_MOST.map(([setting]) => goalAt(setting, 'hocuspocus', 0.65)),
  ],
  settings: (isQuick) =>
    (isQuick ? [50] : [10, 50, 200]).map((value) => ({ name: `1 × ${value}`, value })),
  run: async (stage, { value: readers }) => {
    const perSecond = PER_SECOND / readers
    const { usPerDelivery, p50, p99, missing } = await measureFlow(stage, {
      rooms: 1,
      perRoom: readers + 1,
      writersPerRoom: 1,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.3 : 3 },
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.4 : 10 },
    })
    return { usPerDelivery, p50, p99, missing }
  },
}
