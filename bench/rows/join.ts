import type { Row } from '../row.ts'
import type { Stage } from '../stage.ts'
import { traceSettings } from './trace-settings.ts'

const measuredJoin = async ({ load, server, target }: Stage, edits: number) => {
  const before = server.cpuMs()
  const { ms, bytes, missing } = await load.call('join', target, edits)
  return { ms, bytes, missing, cpuMs: server.cpuMs() - before }
}

const PROVEN =
  'A relay that starts reads the list of its free pages and claims the store; the room is then read from its checkpoint on, with the hash of each batch, before anything of it is sent.'
const AGAINST_SQLITE = { setting: 'all', against: 'hocuspocus-sqlite' } as const

/** Who comes to a document that many edits have made. */
export const join: Row = {
  name: 'join',
  title: 'Joining a document of many edits',
  how: 'A client with nothing, until the last byte is here: first behind a restart of the server, then once more. Building the document in the client is not in it.',
  columns: [
    { key: 'coldMs', title: 'behind a restart', unit: 'ms', better: 'less', isMain: true },
    { key: 'coldCpuMs', title: 'server CPU behind a restart', unit: 'ms', better: 'less' },
    { key: 'warmMs', title: 'once more', unit: 'ms', better: 'less' },
    { key: 'warmCpuMs', title: 'server CPU once more', unit: 'ms', better: 'less' },
    { key: 'kilobytes', title: 'bytes', unit: 'kB', better: 'less' },
    { key: 'missing', title: 'edits missing', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'holdfast-y', 'y-leveldb', 'hocuspocus-sqlite'],
  leftOut: {
    'y-websocket': 'It keeps nothing over a restart.',
    hocuspocus: 'It keeps nothing over a restart.',
    'bare-ws': 'It keeps nothing.',
  },
  goals: [
    { ...AGAINST_SQLITE, column: 'coldMs', atMost: 1 / 3, missed: PROVEN },
    { ...AGAINST_SQLITE, column: 'coldCpuMs', atMost: 1 / 3, missed: PROVEN },
    { ...AGAINST_SQLITE, column: 'warmMs', atMost: 1 },
    {
      setting: 'all',
      column: 'kilobytes',
      against: ['y-leveldb', 'hocuspocus-sqlite'],
      atMost: 1.1,
      missed:
        'Ours sends the log, with the author, the time and the hash of each entry, until it is compacted; theirs send a document.',
    },
  ],
  settings: traceSettings,
  run: async (stage, { value: edits }) => {
    await stage.load.call('ingest', stage.target, edits)
    // Who stores later, or compacts, may do so before the end.
    await new Promise((resolve) => setTimeout(resolve, stage.isQuick ? 300 : 12_000))
    await stage.server.end('SIGTERM')
    await stage.server.startAgain()
    const cold = await measuredJoin(stage, edits)
    const warm = await measuredJoin(stage, edits)
    return {
      coldMs: cold.ms,
      coldCpuMs: cold.cpuMs,
      warmMs: warm.ms,
      warmCpuMs: warm.cpuMs,
      kilobytes: cold.bytes / 1000,
      missing: cold.missing,
    }
  },
}
