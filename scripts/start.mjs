// `npm start`: builds the page if its sources changed, then is `holdfast supervise`, with a page that may kill the relay to show
// what is left.

import { join } from 'node:path'
import { ensureWebBuilt } from './build-web.mjs'
import { root } from './stamp.mjs'

if (await ensureWebBuilt()) {
  process.env['HOLDFAST_WEB'] ??= join(root, 'dist', 'web')
  process.env['HOLDFAST_DEMO'] = '1'
  process.argv.splice(2, 0, 'supervise')
  await import('./holdfast.mjs')
} else {
  console.error('The web app could not be built, so there is nothing to serve.')
  process.exitCode = 1
}
