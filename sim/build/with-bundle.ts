import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/stamp.mjs'
import { bundleSimulator } from './bundle.mjs'
import type { Edit } from './bundle.mjs'

/** Builds the simulator with `edits` planted, hands over its path, and takes it away again. */
export const withBundle = async <Result>(
  edits: readonly Edit[],
  use: (module: string) => Promise<Result>,
): Promise<Result> => {
  // Inside the project, for Node looks for packages above the file that asks for them.
  const parent = join(root, '.cache', 'sim')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'bundle-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const module = join(folder, 'simulator.mjs')
    await bundleSimulator(module, edits)
    return await use(module)
  } finally {
    process.off('exit', remove)
    remove()
  }
}
