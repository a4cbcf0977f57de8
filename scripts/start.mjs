// `npm start`: builds the page if its sources changed, then becomes the relay. The relay runs in
// this very process, so that npm's signals reach it and nothing is left behind.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureWebBuilt } from './build-web.mjs'
import { root } from './stamp.mjs'

if (await ensureWebBuilt()) {
  const main = join(root, 'relay', 'main.ts')
  process.argv[1] = main // as if it had been started by itself
  process.env['HOLDFAST_WEB'] ??= join(root, 'dist', 'web')
  await import(pathToFileURL(main).href)
} else {
  console.error('The web app could not be built, so there is nothing to serve.')
  process.exitCode = 1
}
