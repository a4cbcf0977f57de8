// The simulator as one file, so that a run starts in a tenth of a second and goes as fast as it can. A planted bug is an edit of
// the source text on its way into the bundle: production code has no seam for it and knows nothing of it.

import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { root } from '../../scripts/stamp.mjs'
import { SHORTENED } from './shortened.mjs'

const ENTRY = join(root, 'sim', 'worker.ts')

/** Native, or never reached by the simulator. */
const EXTERNAL = ['lmdb', 'pino', 'prom-client', 'sirv', 'qr', 'ws']

/**
 * Builds the simulator into `outfile` (an ES module that runs in a worker), with the bounds of shortened.mjs.
 *
 * `edits`: `{ file, find, replace }`, paths from the project's root, `find` a text that the file has exactly once.
 * @throws {Error} if a text is not there exactly once: then the bug is not planted, and nothing would be proved.
 */
export async function bundleSimulator(outfile, edits = []) {
  const all = [...SHORTENED, ...edits]
  const pending = new Set(all)
  const plant = {
    name: 'plant',
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(root, path)
        const own = all.filter((edit) => edit.file === file)
        if (own.length === 0) return undefined
        let text = await readFile(path, 'utf8')
        for (const edit of own) {
          const count = text.split(edit.find).length - 1
          if (count !== 1) throw new Error(`${file} has ${count} times: ${edit.find}`)
          text = text.replace(edit.find, () => edit.replace)
          pending.delete(edit)
        }
        return { contents: text, loader: 'ts' }
      })
    },
  }
  await build({
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: EXTERNAL,
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [plant],
  })
  const [left] = pending
  if (left !== undefined) throw new Error(`${left.file} is not part of the simulator`)
}
