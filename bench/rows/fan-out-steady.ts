import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const PER_SECOND = 5000

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
    { key: 'missing', title: 'not delivered', unit: '', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws'],
  settings: (isQuick) =>
    (isQuick ? [50] : [10, 50, 200]).map((value) => ({ name: `1 × ${value}`, value })),
  run: async (stage, { value: readers }) => {
    const perSecond = PER_SECOND / readers
    const { usPerDelivery, p50, p99, missing } = await measureFlow(stage, {
      rooms: 1,
      perRoom: readers + 1,
      writersPerRoom: 1,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.3 : 3 },
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 1 : 10 },
    })
    return { usPerDelivery, p50, p99, missing }
  },
}
