import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'
import { root } from '../../scripts/stamp.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** What is loaded when it is needed is no part of what is loaded at once. */
const withoutLazy: Plugin = {
  name: 'without-lazy',
  setup: (made) => {
    made.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    )
  },
}

const kitOf = (clone: string): string => join(clone, 'kit', 'index.ts')

/** The lab as it stands here, with the kit of a clone. */
const withKitOf = (clone: string): Plugin => ({
  name: 'kit-of-clone',
  setup: (made) => {
    made.onResolve({ filter: /\/kit\/index\.ts$/ }, () => ({ path: kitOf(clone) }))
  },
})

const bundled = async (options: BuildOptions): Promise<string> => {
  const fixed = { bundle: true, minify: true, legalComments: 'none', target: 'es2022' } as const
  const { outputFiles } = await build({ ...options, ...fixed, write: false })
  return outputFiles![0]!.text
}

/** One script: it is put into a page that is there already. */
export const labScript = (clone: string): Promise<string> =>
  bundled({
    entryPoints: [join(HERE, 'lab.ts')],
    format: 'iife',
    // One Yjs for all: bench/node_modules has its own, for servers.
    alias: { yjs: join(root, 'node_modules', 'yjs') },
    plugins: [withKitOf(clone)],
  })

/** kB of what an app loads besides Yjs and lib0, which Yjs brings along: minified and compressed with gzip. */
const kilobytesOf = async (contents: string): Promise<number> => {
  const text = await bundled({
    stdin: { contents, resolveDir: HERE },
    format: 'esm',
    external: ['yjs', 'lib0', 'lib0/*'],
    plugins: [withoutLazy],
  })
  return gzipSync(text, { level: 9 }).length / 1000
}

export const kitKilobytes = (clone: string): Promise<number> =>
  kilobytesOf(`export * from ${JSON.stringify(kitOf(clone))}`)

export const stockKilobytes = (): Promise<number> =>
  kilobytesOf("export * from 'y-websocket'; export * from 'y-indexeddb'")
