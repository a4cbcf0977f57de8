import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const CLIENTS = 50
const WRITERS = 20
const EACH_PER_SECOND = 10

const [CPU, BYTES, PEER] = ['usPerDelivery', 'bytesPerDelivery', 'y-websocket'] as const
const OVERALL = { setting: 'all' } as const
const WINDOW = { setting: 'all', of: 'holdfast-window' } as const
const COMMITS =
  'A commit begins 4 ms behind the one before, and what comes until then is one batch: at the rate of this row most updates have one of their own. A window makes fewer, and everything in it later by as much: it is not the default (0024, 0025).'
const SMALLER =
  "A batch carries author, time, hash, code and checksum. A live frame could leave out what its reader can make itself; that would save no CPU that could be measured, would be a second way in which a batch travels, and still have more bytes than y-websocket's (0024, 0025)."
const SYNC = "Nobody sees an edit before the disk has it; the disk's own time is in durable-ack."

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
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: [
    'holdfast',
    'holdfast-window',
    'holdfast-y',
    'y-websocket',
    'hocuspocus',
    'bare-ws',
  ],
  goals: [
    { ...OVERALL, column: CPU, against: PEER, atMost: 0.9, missed: COMMITS },
    { ...OVERALL, column: BYTES, against: PEER, atMost: 1.1, missed: SMALLER },
    { ...OVERALL, column: 'p50', against: PEER, atMostMore: 1.5, missed: SYNC },
    { ...WINDOW, column: CPU, against: PEER, atMost: 0.65, missed: COMMITS },
    { ...WINDOW, column: BYTES, against: PEER, atMost: 0.8, missed: SMALLER },
  ],
  settings: () => [{ name: `${CLIENTS} clients`, value: CLIENTS }],
  run: async (stage) => {
    const perSecond = WRITERS * EACH_PER_SECOND
    const { usPerDelivery, bytesPerDelivery, p50, p99, missing } = await measureFlow(stage, {
      rooms: 1,
      perRoom: CLIENTS,
      writersPerRoom: WRITERS,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.3 : 3 },
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.4 : 10 },
    })
    return { usPerDelivery, bytesPerDelivery, p50, p99, missing }
  },
}
