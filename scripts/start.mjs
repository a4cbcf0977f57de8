// `npm start`: builds the page if its sources changed, then runs the relay as a child and starts it again when it dies, which a
// page may let it do to show what is left. Whoever stops us stops it.

import { join } from 'node:path'
import { ensureWebBuilt } from './build-web.mjs'
import { runRelay } from './run-relay.mjs'
import { root } from './stamp.mjs'

if (await ensureWebBuilt()) {
  process.env['HOLDFAST_WEB'] ??= join(root, 'dist', 'web')
  process.exitCode = await runRelay(process.argv.slice(2))
} else {
  console.error('The web app could not be built, so there is nothing to serve.')
  process.exitCode = 1
}
