import type { Row } from '../row.ts'

const PER_ROOM = 5

/** Everybody comes back at once. */
export const reconnect: Row = {
  name: 'reconnect',
  title: 'Everybody comes back after a restart',
  how: `${PER_ROOM} clients a room that have missed nothing; the server is killed and starts again, and each tries after a random time of up to a second until it is in. Bytes are those of the messages; over TCP the upgrade and the heads of messages are in it.`,
  columns: [
    { key: 'seconds', title: 'until all are in', unit: 's', better: 'less', isMain: true },
    { key: 'loopP99', title: "server's loop, p99 delay", unit: 'ms', better: 'less' },
    { key: 'cpuUsEach', title: 'server CPU each', unit: 'µs', better: 'less' },
    { key: 'bytesEach', title: 'bytes each', unit: 'B', better: 'less' },
    { key: 'tcpBytesEach', title: 'bytes each over TCP', unit: 'B', better: 'less' },
    { key: 'messagesEach', title: 'messages each', unit: '', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'y-leveldb', 'hocuspocus-sqlite'],
  leftOut: { 'bare-ws': 'It knows of nothing to be brought up to.' },
  goals: [
    { setting: 'all', column: 'seconds', atMost: 30 },
    { setting: 'all', column: 'loopP99', atMost: 200 },
    {
      setting: 'all',
      column: 'bytesEach',
      atMost: 200,
      missed:
        '25 bytes are limits that are nearly always the defaults; `presence` grows with who is there (0024, 0025).',
    },
  ],
  settings: (isQuick) =>
    [isQuick ? 100 : 5000].map((value) => ({ name: `${value} clients`, value })),
  run: async ({ load, server, target }, { value: clients }) => {
    const crowd = { target, rooms: clients / PER_ROOM, perRoom: PER_ROOM, writersPerRoom: 0 }
    await load.call('openReturners', crowd)
    await server.end('SIGKILL')
    await server.startAgain()
    server.resetLoopDelays()
    const before = server.cpuMs()
    const { seconds, ...each } = await load.call('comeBack')
    const cpuUsEach = ((server.cpuMs() - before) * 1000) / clients
    const { p99Ms } = await server.loopDelays()
    const { bytesEach, tcpBytesEach, messagesEach } = each
    return { seconds, loopP99: p99Ms, cpuUsEach, bytesEach, tcpBytesEach, messagesEach }
  },
}
