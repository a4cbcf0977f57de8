import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../row.ts'

const MEMORY =
  "A socket of Node's with a WebSocket of `ws` on it has ten KiB before anybody says anything, as the bare loop shows; ours adds a session, a seat, and a room with its log, its gate and its sequencer."
const BEATS =
  'A page is told every four seconds that the relay lives, and answers: that is how it knows within seconds that its edits do not get there. A ping each half minute, as the others have, would be cheaper and say it later.'

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
    { setting: 'all', column: 'kibPerConnection', atMost: 15, missed: MEMORY },
    { setting: 'all', of: 'holdfast-y', column: 'kibPerConnection', atMost: 15, missed: MEMORY },
    { setting: 'all', column: 'cpuPercent', atMost: 0.1, missed: BEATS },
    { setting: 'all', of: 'holdfast-y', column: 'cpuPercent', atMost: 0.1, missed: BEATS },
  ],
  settings: (isQuick) =>
    [isQuick ? 100 : 2000].map((value) => ({ name: `${value} connections`, value })),
  run: async ({ load, server, target, isQuick }, { value: rooms }) => {
    const [kibBefore, cpuBefore] = [server.rssKib(), server.cpuMs()]
    await load.call('openCrowd', { target, rooms, perRoom: 1, writersPerRoom: 1 })
    const connectMs = server.cpuMs() - cpuBefore
    await sleep(isQuick ? SETTLE_MS / 4 : SETTLE_MS)
    const kib = server.rssKib() - kibBefore
    // A whole number of our beats, of four seconds.
    const seconds = isQuick ? 0.5 : 20
    const before = server.cpuMs()
    await sleep(seconds * 1000)
    const cpuPercent = (server.cpuMs() - before) / seconds / 10
    return { kibPerConnection: kib / rooms, cpuPercent, connectUs: (connectMs * 1000) / rooms }
  },
}
