// Bundles the relay for tests that start it often: from source it takes four times as long to be ready. Built anew only when
// something it is made of has changed. What users start stays the source.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { filesUnder, root, stampOf } from './stamp.mjs'

const bundlesDir = join(root, 'dist', 'test-relay')
const ROOMS_IN_THE_RELAY = ['relay', 'protocol']
/** Whoever runs tests while sources change still finds the relay that they began with. */
const BUNDLES_KEPT = 3

/** What is started as a file of its own: by tests, or by the relay as a process or a thread. */
const ENTRIES = [
  'relay/main',
  'relay/cli',
  'relay/index',
  'relay/supervisor/supervise',
  'relay/stores/lmdb-child',
  'relay/jobs/job-child',
  'relay/jobs/job-nursery',
  'relay/jobs/job-starter-thread',
  'relay/jobs/child-watch-thread',
  'relay/jobs/loop-watch-thread',
]

function sourceStamp() {
  const isTest = (path) => /(^|[/\\])test[/\\]/.test(path)
  const sources = ROOMS_IN_THE_RELAY.flatMap((room) => filesUnder(join(root, room), isTest))
  const settings = ['package.json', 'package-lock.json', join('scripts', 'bundle-relay.mjs')]
  return stampOf([...sources, ...settings.map((name) => join(root, name))])
}

/**
 * A module asks by `import.meta.url` whether it is the program, and where its neighbours are. In a bundle it would be told of the
 * bundle, so it is told where it would be if each module had a file of its own; ENTRIES do.
 */
const ownUrls = (entry) => ({
  name: 'own-urls',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const from = relative(dirname(join(root, entry)), path)
        .split(sep)
        .join('/')
      const url = `new URL(${JSON.stringify(from.replace(/\.ts$/, '.js'))}, import.meta.url).href`
      const text = readFileSync(path, 'utf8')
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
    })
  },
})

const bundle = (build, entry, outDir) =>
  build({
    absWorkingDir: root,
    entryPoints: [`${entry}.ts`],
    outfile: join(outDir, `${entry}.js`),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // LMDB is native and looks for its binary beside itself.
    external: ['lmdb'],
    // Of the packages within some are CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
    plugins: [ownUrls(entry)],
    logLevel: 'warning',
  })

async function makeBundles(outDir) {
  if (existsSync(outDir)) return // somebody else did it while we waited
  const draft = `${outDir}.${process.pid}`
  try {
    mkdirSync(draft, { recursive: true })
    const { build } = await import('esbuild')
    await Promise.all(ENTRIES.map((entry) => bundle(build, entry, draft)))
    renameSync(draft, outDir)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  removeOld()
}

function removeOld() {
  const ageOf = (folder) => -statSync(folder).mtimeMs
  const folders = readdirSync(bundlesDir).map((name) => join(bundlesDir, name))
  const newestFirst = folders.toSorted((a, b) => ageOf(a) - ageOf(b))
  for (const folder of newestFirst.slice(BUNDLES_KEPT)) rmSync(folder, { recursive: true })
}

/** The programs of the relay as bundles, made if they are not there: absolute paths for Node to run, without tsx. */
export async function bundledRelay() {
  const outDir = join(bundlesDir, sourceStamp().slice(0, 16))
  if (!existsSync(outDir)) {
    await withLock(join(root, '.cache', 'test-relay.lock'), () => makeBundles(outDir))
  }
  const program = (name) => join(outDir, 'relay', `${name}.js`)
  return {
    main: program('main'),
    cli: program('cli'),
    index: program('index'),
    supervise: program('supervisor/supervise'),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await bundledRelay()).main)
