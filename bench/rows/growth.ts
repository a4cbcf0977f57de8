import type { Column, Goal, Row } from '../row.ts'
import { measureFlow } from './measured-flow.ts'

const COLUMNS = (of: string, title: string): readonly Column[] => [
  { key: of, title, unit: 'µs', better: 'less', isMain: true },
  { key: 'p99', title: 'p99', unit: 'ms', better: 'less' },
  { key: 'share', title: 'of one core', unit: '%', better: 'less' },
  { key: 'kibEach', title: 'memory per connection', unit: 'KiB', better: 'less' },
  { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
]
const UPDATES = 200
const DELIVERIES = 2000
/** The rooms in which the pace that heats a server has written: a room's first update costs more than others do. */
const WRITTEN_ROOMS = 500

/**
 * Nothing grows faster than what there is more of. The work is the same at every size, so that CPU for each piece of it may not grow at all,
 * but for what connections cost at rest. Memory each is compared from a size on at which the process itself weighs nothing any more.
 */
const GROWTH = (
  cpu: string,
  what: string,
  [least, many, most]: readonly [number, number, number],
): readonly Goal[] => [
  {
    ...{ setting: `${most} ${what}`, column: cpu, againstSetting: `${least} ${what}`, atMost: 1.5 },
    missed:
      'A beat of each connection every four seconds is in it: that grows as the connections do, and no faster, and is more than the work where there are thousands.',
  },
  { setting: `${most} ${what}`, column: 'kibEach', againstSetting: `${many} ${what}`, atMost: 1.5 },
]

const LEFT_OUT = {
  'holdfast-y': 'Ours grows alike on both endpoints.',
  hocuspocus: 'One other is enough to see how a line rises.',
  'bare-ws': 'It keeps nothing.',
}

/** The same work over more and more rooms. */
export const growthOfRooms: Row = {
  name: 'growth-rooms',
  title: 'How cost grows with rooms',
  how: `${UPDATES} updates a second in all, whatever the number of rooms, in ${WRITTEN_ROOMS} of them at the most, whose first updates are behind them; two clients in each. What does not grow is a straight line. Where one process is full, and why, is the row before: many rooms of two, at most.`,
  columns: COLUMNS('usPerUpdate', 'server CPU per update'),
  contestants: ['holdfast', 'y-websocket'],
  leftOut: LEFT_OUT,
  goals: GROWTH('usPerUpdate', 'rooms', [10, 1000, 9000]),
  settings: (isQuick) =>
    (isQuick ? [10, 50] : [10, 100, 1000, 9000]).map((value) => ({
      name: `${value} rooms`,
      value,
    })),
  run: async (stage, { value: rooms }) => {
    const kibBefore = stage.server.rssKib()
    const written = { type: 'rate', perSecond: UPDATES, inRooms: WRITTEN_ROOMS } as const
    const flow = await measureFlow(stage, {
      rooms,
      perRoom: 2,
      writersPerRoom: 1,
      warmUp: { ...written, seconds: stage.isQuick ? 0.2 : 3 },
      pace: { ...written, seconds: stage.isQuick ? 0.4 : 10 },
    })
    const kibEach = (stage.server.rssKib() - kibBefore) / (2 * rooms)
    const { usPerUpdate, p99, missing, cpuShare } = flow
    return { usPerUpdate, p99, missing, kibEach, share: 100 * cpuShare }
  },
}

/** The same number of deliveries to more and more readers of one room. */
export const growthOfReaders: Row = {
  name: 'growth-readers',
  title: 'How cost grows with readers of one room',
  how: `One writer, ${DELIVERIES} deliveries a second in all, but at least two updates.`,
  columns: COLUMNS('usPerDelivery', 'server CPU per delivery'),
  contestants: ['holdfast', 'y-websocket'],
  leftOut: LEFT_OUT,
  goals: GROWTH('usPerDelivery', 'readers', [10, 1000, 5000]),
  settings: (isQuick) =>
    (isQuick ? [10, 50] : [10, 100, 1000, 5000]).map((value) => ({
      name: `${value} readers`,
      value,
    })),
  run: async (stage, { value: readers }) => {
    const kibBefore = stage.server.rssKib()
    const perSecond = Math.max(2, DELIVERIES / readers)
    const flow = await measureFlow(stage, {
      rooms: 1,
      perRoom: readers + 1,
      writersPerRoom: 1,
      warmUp: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.2 : 3 },
      pace: { type: 'rate', perSecond, seconds: stage.isQuick ? 0.4 : 10 },
    })
    const kibEach = (stage.server.rssKib() - kibBefore) / readers
    const { usPerDelivery, p99, missing, cpuShare } = flow
    return { usPerDelivery, p99, missing, kibEach, share: 100 * cpuShare }
  },
}
