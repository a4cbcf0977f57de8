import type { Row } from '../row.ts'

const JOINERS = 200

/** A class that opens the same link. */
export const joiners: Row = {
  name: 'joiners',
  title: 'Two hundred join a room at once',
  how: 'Clients with nothing; the most memory that the server had at any time, less what it had before they came.',
  columns: [
    { key: 'moreMib', title: 'more memory', unit: 'MiB', better: 'less', isMain: true },
    { key: 'seconds', title: 'until all are in', unit: 's', better: 'less' },
    { key: 'kilobytesEach', title: 'bytes each', unit: 'kB', better: 'less' },
    { key: 'cpuMsEach', title: 'server CPU each', unit: 'ms', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-websocket', 'hocuspocus-sqlite'],
  leftOut: {
    'bare-ws': 'It has nothing to give to who comes.',
    hocuspocus: 'Without a storage it forgets a document when nobody is in it.',
  },
  goals: [
    {
      setting: 'all',
      column: 'moreMib',
      atMost: 20,
      missed:
        'Who joins in the same moment shares one encoded page, and what its socket has not taken yet waits there by itself; the sessions are the rest. Tried: one page for all who ask alike.',
    },
  ],
  settings: (isQuick) =>
    [isQuick ? 300 : 10_000].map((value) => ({ name: `${JOINERS} to ${value} edits`, value })),
  run: async ({ load, server, target }, { value: edits }) => {
    await load.call('ingest', target, edits)
    const [kibBefore, cpuBefore] = [server.rssKib(), server.cpuMs()]
    const { seconds, bytesEach } = await load.call('joinTogether', target, JOINERS)
    const moreMib = Math.max(0, Math.max(server.peakKib(), server.rssKib()) - kibBefore) / 1024
    const cpuMsEach = (server.cpuMs() - cpuBefore) / JOINERS
    return { moreMib, seconds, kilobytesEach: bytesEach / 1000, cpuMsEach }
  },
}
