import { posix } from 'node:path'
import { ROOMS, isTest } from './source-tree.ts'
import type { Import, Room } from './source-tree.ts'

/** Paths relative to the project, each with what it imports. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>

/** What of a room the other rooms may import; all else is its own affair. */
const ENTRIES: Readonly<Record<Room, readonly string[]>> = {
  protocol: ['protocol/index.ts'],
  kit: ['kit/index.ts', 'kit/node.ts', 'kit/testing/index.ts'],
  relay: ['relay/index.ts'],
  web: [],
  sim: [],
  bench: [],
  examples: [],
  e2e: ['e2e/support/editing-trace.ts'],
  scripts: [
    'scripts/find-browser.mjs',
    'scripts/bundle-relay.mjs',
    'scripts/proof.mjs',
    'scripts/lock.mjs',
    'scripts/stamp.mjs',
  ],
}

/** web → kit → protocol ← relay, and nobody back; examples have the package by its name. */
const MAY_IMPORT: Readonly<Record<Room, readonly Room[]>> = {
  protocol: [],
  kit: ['protocol'],
  relay: ['protocol'],
  web: ['kit'],
  sim: ['kit', 'protocol', 'relay'],
  // The relay is started as a process; of e2e it has the editing history that both play.
  bench: ['kit', 'protocol', 'relay', 'e2e', 'scripts'],
  examples: [],
  e2e: ['kit', 'scripts'],
  scripts: [],
}

/** Of kit, what is not for pages: these may use Node. */
const NODE_SIDE_OF_KIT = /^kit\/(node\.ts|adapters\/node-|testing\/)/

/** Packages (and `node:`) of a room; null: any. Tests use what they like, but in e2e. */
const PACKAGES: Readonly<Record<Room, readonly string[] | null>> = {
  protocol: ['lib0', '@noble/hashes'],
  kit: ['lib0', 'y-protocols', 'idb-keyval', 'yjs', '@noble/ed25519', '@noble/hashes'],
  relay: ['node:', 'ws', 'lmdb', 'pino', 'prom-client', 'sirv', 'lib0', 'qr'],
  web: null,
  sim: null,
  bench: null,
  examples: null,
  e2e: ['node:', 'playwright', 'yjs', 'ws', 'y-websocket', 'vite'],
  scripts: null,
}

/** Where a rule does not hold, and why. */
const EXCEPTIONS: readonly { readonly under: string; readonly why: string }[] = [
  {
    under: 'sim/',
    why: 'it hosts the classes of production on ports of its own, and no entry offers those to apps',
  },
  {
    under: 'e2e/adapters-lab/',
    why: "the adapters' contract in a real browser: a test of kit's inside that no entry offers",
  },
  {
    under: 'e2e/editors-lab/',
    why: 'apps as others write them, on the packages that such apps use',
  },
]

export const roomOf = (path: string): Room | undefined =>
  ROOMS.find((room) => path.startsWith(`${room}/`))

const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier)

/** The path that a relative specifier of `from` leads to. */
export const resolveImport = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier)

const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? 'node:'
    : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

const whyNotPackage = (from: string, room: Room, { specifier, isType }: Import): string | null => {
  const name = packageOf(specifier)
  if (isTest(from) && room !== 'e2e' && room !== 'protocol') return null
  if (isTest(from) && room === 'protocol') {
    return name === 'yjs' ? 'the protocol knows nothing of Yjs' : null
  }
  if (room === 'kit' && NODE_SIDE_OF_KIT.test(from) && (name === 'node:' || name === 'ws')) {
    return null
  }
  if (from.startsWith('relay/jobs/kinds/') && name === 'yjs') return null
  if (room === 'kit' && name === 'yjs') {
    const isAllowed = isType || from === 'kit/doc-binding.ts'
    return isAllowed ? null : 'only kit/doc-binding.ts imports yjs (others its types)'
  }
  const allowed = PACKAGES[room]
  return allowed === null || allowed.includes(name) ? null : `${room} does not use ${name}`
}

const whyNotFile = (from: string, room: Room, { specifier }: Import): string | null => {
  const to = resolveImport(from, specifier)
  const target = roomOf(to)
  if (target === undefined) return 'it leads out of the rooms'
  if (target === room) return null
  if (room === 'e2e') {
    // kit/node.ts as an app in Node has it: by its public entry.
    const isEntry = to === 'kit/node.ts' || ENTRIES.scripts.includes(to)
    return to.startsWith('kit/testing/') || isEntry
      ? null
      : 'e2e knows URLs, kit/testing and the kit in Node only'
  }
  if (isTest(from)) return room === 'protocol' ? 'the protocol stands alone' : null
  if (!MAY_IMPORT[room].includes(target)) return `${room} does not know ${target}`
  return ENTRIES[target].includes(to) ? null : `it goes past the entry of ${target}`
}

/** Every import that a room may not have, as "file → specifier: why". */
export const forbiddenImports = (graph: ImportGraph): string[] => {
  const found: string[] = []
  for (const [from, imports] of graph) {
    const room = roomOf(from)
    if (room === undefined || EXCEPTIONS.some(({ under }) => from.startsWith(under))) continue
    for (const each of imports) {
      const judge = isRelative(each.specifier) ? whyNotFile : whyNotPackage
      const why = judge(from, room, each)
      if (why !== null) found.push(`${from} → ${each.specifier}: ${why}`)
    }
  }
  return found
}

/** Circles of files that need each other to run (types are erased), each as "a → b → a". */
export const importCycles = (graph: ImportGraph): string[] => {
  const cycles: string[] = []
  const isDone = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const at = path.indexOf(file)
    if (at !== -1) cycles.push([...path.slice(at), file].join(' → '))
    if (at !== -1 || isDone.has(file)) return
    path.push(file)
    for (const { specifier, isType } of graph.get(file) ?? []) {
      if (isRelative(specifier) && !isType) visit(resolveImport(file, specifier))
    }
    path.pop()
    isDone.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return cycles
}
