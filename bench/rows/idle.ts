import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../row.ts'

/** What is thrown away by then is no connection's. */
const SETTLE_MS = 1000

/** What connections cost that do nothing. */
export const idle: Row = {
  name: 'idle',
  title: 'Connections at rest',
  how: 'Each client in a room of its own. Resident memory of the server and its children, less what it had before; CPU while nobody says anything but beats and pings.',
  columns: [
    {
      key: 'kibPerConnection',
      title: 'memory per connection with its room',
      unit: 'KiB',
      better: 'less',
      isMain: true,
    },
    { key: 'cpuPercent', title: 'CPU while idle', unit: '% of a core', better: 'less' },
    { key: 'connectUs', title: 'server CPU per connection made', unit: 'µs', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus', 'bare-ws'],
  goals: [
    { setting: 'all', column: 'kibPerConnection', atMost: 15 },
    { setting: 'all', of: 'holdfast-y', column: 'kibPerConnection', atMost: 15 },
    { setting: 'all', column: 'cpuPercent', atMost: 0.1 },
    { setting: 'all', of: 'holdfast-y', column: 'cpuPercent', atMost: 0.1 },
  ],
  settings: (isQuick) =>
    [isQuick ? 200 : 2000].map((value) => ({ name: `${value} connections`, value })),
  run: async ({ load, server, target, isQuick }, { value: rooms }) => {
    const [kibBefore, cpuBefore] = [server.rssKib(), server.cpuMs()]
    await load.call('openCrowd', { target, rooms, perRoom: 1, writersPerRoom: 1 })
    const connectMs = server.cpuMs() - cpuBefore
    await sleep(isQuick ? SETTLE_MS / 4 : SETTLE_MS)
    const kib = server.rssKib() - kibBefore
    // A whole number of our beats, of four seconds.
    const seconds = isQuick ? 1 : 20
    const before = server.cpuMs()
    await sleep(seconds * 1000)
    const cpuPercent = (server.cpuMs() - before) / seconds / 10
    return { kibPerConnection: kib / rooms, cpuPercent, connectUs: (connectMs * 1000) / rooms }
  },
}
