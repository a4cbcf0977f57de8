import type { Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const IN_FLIGHT = 512
const SECONDS = 30

const CPU = 'cpuSecondsPerMillion'
const CODES =
  "Of what is left most is the system's writing to sockets and reading of each update's own frame; a hash, a code and a judgement of the gate are an update's as well. Tried: one frame for all, one write a socket and turn, hashes in one call, a prepared key for the code (0024, 0025)."

/** One writes as fast as all others take it. */
export const fanOutBurst: Row = {
  name: 'fan-out-burst',
  title: 'A burst to many readers of one room',
  how: `One writer, at most ${IN_FLIGHT} updates on their way to all readers; server CPU from first to last delivery.`,
  columns: [
    {
      key: 'cpuSecondsPerMillion',
      title: 'server CPU per million deliveries',
      unit: 's',
      better: 'less',
      isMain: true,
    },
    { key: 'deliveriesPerSecond', title: 'deliveries', unit: '/s', better: 'more' },
    { key: 'bytesPerDelivery', title: 'bytes per delivery', unit: 'B', better: 'less' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws'],
  goals: [
    { setting: '1 × 50', column: CPU, against: 'y-websocket', atMost: 0.05, missed: CODES },
    { setting: '1 × 50', column: CPU, against: 'hocuspocus', atMost: 0.5, missed: CODES },
    { setting: '1 × 200', column: CPU, against: 'hocuspocus', atMost: 1, missed: CODES },
  ],
  settings: (isQuick) =>
    (isQuick ? [50] : [10, 50, 200]).map((value) => ({ name: `1 × ${value}`, value })),
  run: async (stage, { value: readers }) => {
    const updates = Math.round((stage.isQuick ? 10_000 : 300_000) / readers)
    const paceOf = (count: number) =>
      ({ type: 'window', inFlight: IN_FLIGHT, updates: count, seconds: SECONDS }) as const
    const flow = await measureFlow(stage, {
      rooms: 1,
      perRoom: readers + 1,
      writersPerRoom: 1,
      warmUp: paceOf(Math.round(updates / 4)),
      pace: paceOf(updates),
    })
    return {
      cpuSecondsPerMillion: flow.usPerDelivery,
      deliveriesPerSecond: flow.deliveries / flow.seconds,
      bytesPerDelivery: flow.bytesPerDelivery,
      missing: flow.missing,
    }
  },
}
