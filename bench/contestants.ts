/** Programs that are measured: how each is started is in `server.ts`. */
export type ServerKind = 'holdfast' | 'y-websocket' | 'hocuspocus' | 'bare-ws'

/** What is spoken with a server: see `wire/`. */
export type DialectName = 'holdfast' | 'stock' | 'hocuspocus' | 'bare'

export type Contestant = {
  /** As options and results name it. */
  readonly name: string
  readonly title: string
  readonly server: ServerKind
  readonly dialect: DialectName
  /** Where what was written is when somebody else sees it. */
  readonly keeps: 'on disk, synced' | 'on disk later' | 'in memory' | 'nowhere'
  /** Whether its server gets a folder. */
  readonly hasFolder: boolean
  /** Options that its server gets besides. */
  readonly args?: readonly string[]
  /** For a comparison of two commits: the folder of a clone whose relay is started instead of this one's. */
  readonly clone?: string
}

const OURS = { server: 'holdfast', keeps: 'on disk, synced', hasFolder: true } as const

/** Everybody that is measured, ours first. */
export const CONTESTANTS = {
  holdfast: { name: 'holdfast', title: 'Holdfast', dialect: 'holdfast', ...OURS },
  'holdfast-window': {
    name: 'holdfast-window',
    title: 'Holdfast, 10 ms window',
    dialect: 'holdfast',
    args: ['--gather-ms', '10'],
    ...OURS,
  },
  'holdfast-y': { name: 'holdfast-y', title: 'Holdfast, stock clients', dialect: 'stock', ...OURS },
  'y-websocket': {
    name: 'y-websocket',
    title: 'y-websocket',
    server: 'y-websocket',
    dialect: 'stock',
    keeps: 'in memory',
    hasFolder: false,
  },
  'y-leveldb': {
    name: 'y-leveldb',
    title: 'y-websocket, LevelDB',
    server: 'y-websocket',
    dialect: 'stock',
    keeps: 'on disk later',
    hasFolder: true,
  },
  hocuspocus: {
    name: 'hocuspocus',
    title: 'Hocuspocus',
    server: 'hocuspocus',
    dialect: 'hocuspocus',
    keeps: 'in memory',
    hasFolder: false,
  },
  'hocuspocus-sqlite': {
    name: 'hocuspocus-sqlite',
    title: 'Hocuspocus, SQLite',
    server: 'hocuspocus',
    dialect: 'hocuspocus',
    keeps: 'on disk later',
    hasFolder: true,
  },
  'bare-ws': {
    name: 'bare-ws',
    title: 'bare ws loop',
    server: 'bare-ws',
    dialect: 'bare',
    keeps: 'nowhere',
    hasFolder: false,
  },
} as const satisfies Record<string, Contestant>

export type ContestantName = keyof typeof CONTESTANTS

/** Those of ours, in whose figures the others' are told. */
export const OWN_NAMES: readonly ContestantName[] = ['holdfast', 'holdfast-window', 'holdfast-y']
