import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const CLIENTS = 50
const WRITERS = 20
const EACH_PER_SECOND = 10

/** Many who write in one document at once. */
export const meeting: Row = {
  name: 'meeting',
  title: 'A meeting',
  how: `${CLIENTS} clients in one room, of whom ${WRITERS} write ${EACH_PER_SECOND} updates a second each.`,
  columns: [
    {
      key: 'usPerDelivery',
      title: 'server CPU per delivery',
      unit: 'µs',
      better: 'less',
      isMain: true,
    },
    { key: 'bytesPerDelivery', title: 'bytes per delivery', unit: 'B', better: 'less' },
    { key: 'p50', title: 'p50', unit: 'ms', better: 'less' },
    { key: 'p99', title: 'p99', unit: 'ms', better: 'less' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws'],
  settings: () => [{ name: `${CLIENTS} clients`, value: CLIENTS }],
  run: async (stage) => {
    const perSecond = WRITERS * EACH_PER_SECOND
    const { usPerDelivery, bytesPerDelivery, p50, p99, missing } = await measureFlow(stage, {
      rooms: 1,
      perRoom: CLIENTS,
      writersPerRoom: WRITERS,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.3 : 3 },
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 1 : 10 },
    })
    return { usPerDelivery, bytesPerDelivery, p50, p99, missing }
  },
}
