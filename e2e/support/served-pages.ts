import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export type ServedPages = { readonly origin: string; readonly close: () => Promise<void> }

type BuildOptions = {
  /** Of the project. */
  readonly folder: string
  /** Modules that stand in for others: `{ 'y-websocket': 'kit/y-websocket/index.ts' }`. */
  readonly instead?: Readonly<Record<string, string>>
  /** The folder has a Vite configuration of its own. */
  readonly isConfigured?: boolean
}

type Files = ReadonlyMap<string, string | Uint8Array>

/** Every HTML file in `folder`, built in memory. */
export const builtPages = async (options: BuildOptions): Promise<Files> => {
  const { folder, instead = {}, isConfigured = false } = options
  const root = join(ROOT, folder)
  const names = await readdir(root, { recursive: true })
  const alias = Object.entries(instead).map(([find, path]) => ({
    find: new RegExp(`^${find}$`),
    replacement: join(ROOT, path),
  }))
  const built = await build({
    root,
    // So that a set can be served under any path.
    base: './',
    logLevel: 'error',
    // React mounts twice in development only.
    define: { 'process.env.NODE_ENV': JSON.stringify('development') },
    ...(isConfigured ? {} : { configFile: false }),
    resolve: { alias },
    build: {
      write: false,
      minify: false,
      rolldownOptions: {
        input: names.filter((name) => name.endsWith('.html')).map((name) => join(root, name)),
      },
    },
  })
  const files = new Map<string, string | Uint8Array>()
  for (const { output } of [built].flat().filter((result) => 'output' in result)) {
    for (const file of output) {
      files.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
    }
  }
  return files
}

/** Serves what was built on a free port of the loopback, each set of files under a path of its own: `/stock/tiptap.html`. */
export const servePages = async (sets: Readonly<Record<string, Files>>): Promise<ServedPages> => {
  const files = new Map<string, string | Uint8Array>(
    Object.entries(sets).flatMap(([path, set]) =>
      [...set].map(([name, content]) => [`/${path}/${name}`, content] as const),
    ),
  )
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = files.get(pathname)
    response.statusCode = file === undefined ? 404 : 200
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'text/plain')
    response.end(file ?? 'There is no such page.')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
