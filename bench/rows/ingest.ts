import type { Row } from '../row.ts'
import { traceSettings } from './trace-settings.ts'

/** A whole editing history, written at once, and what of it outlives the server. */
export const ingest: Row = {
  name: 'ingest',
  title: 'Taking in an editing history, and what is left of it',
  how: 'One writer sends each edit as an update of its own, at most 1,000 unanswered; done when the last is acked, echoed or with a reader. Then the server gets SIGTERM and starts again; a client counts what is missing. The same with SIGKILL, on a history of its own.',
  columns: [
    { key: 'seconds', title: 'until all is taken', unit: 's', better: 'less', isMain: true },
    { key: 'cpuSeconds', title: 'server CPU', unit: 's', better: 'less' },
    { key: 'peakMib', title: 'most memory', unit: 'MiB', better: 'less' },
    { key: 'missing', title: 'edits missing', unit: '', better: 'less' },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-leveldb', 'hocuspocus-sqlite'],
  leftOut: {
    'y-websocket': 'It keeps nothing over a restart.',
    hocuspocus: 'It keeps nothing over a restart.',
    'bare-ws': 'It keeps nothing.',
  },
  goals: [
    {
      setting: 'all',
      column: 'seconds',
      against: 'hocuspocus-sqlite',
      atMost: 0.4,
      or: { atMost: 4 },
      missed:
        'Each edit is an entry of its own, hashed, judged and acked by itself; theirs go into a document in memory. Tried: hashes in one call, commits at a distance, keys that are no texts (0025, 0026).',
    },
    {
      setting: 'all',
      column: 'peakMib',
      atMost: 150,
      missed:
        'Resident memory counts what of the store is mapped; beside it stand the 4,096 latest keys of the room and what V8 has not collected. Tried: keys that are no texts, which took away a sixth (0026).',
    },
    { setting: 'all', column: 'missing', atMost: 0 },
  ],
  settings: (isQuick) =>
    traceSettings(isQuick).flatMap(({ name, value }) => [
      ...(isQuick ? [] : [{ name: `${name}, SIGTERM`, value }]),
      { name: `${name}, SIGKILL`, value },
    ]),
  run: async ({ load, server, target }, { name, value: edits }) => {
    const before = server.cpuMs()
    const { seconds } = await load.call('ingest', target, edits)
    const cpuSeconds = (server.cpuMs() - before) / 1000
    const peakMib = server.peakKib() / 1024
    await server.end(name.endsWith('SIGKILL') ? 'SIGKILL' : 'SIGTERM')
    await server.startAgain()
    const { missing } = await load.call('join', target, edits)
    return { seconds, cpuSeconds, peakMib, missing }
  },
}
