// `npm run dev`: Vite serves the page with hot reload and passes the relay's paths on to a relay
// that restarts when its sources change. Options after `--` go to the relay, but for --port, which
// is where the page is; the relay listens one above it.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createServer } from 'vite'
import { root } from './stamp.mjs'

const HOST = '127.0.0.1'
const RESTART_DELAY_MS = 150
const RELAY_ROOMS = ['relay', 'protocol']
const RELAY_PATHS = '^/((holdfast|healthz|readyz|metrics|lab|join)($|\\?)|lab/|rooms/|y/)'

function optionsOf(argv) {
  const at = argv.findIndex((word) => word === '--port' || word.startsWith('--port='))
  if (at === -1) return { pagePort: 8787, relayOptions: argv }
  const isInline = argv[at].includes('=')
  const pagePort = Number(isInline ? argv[at].slice('--port='.length) : argv[at + 1])
  if (!Number.isInteger(pagePort) || pagePort < 1 || pagePort > 65_534) {
    console.error('In development --port needs a number from 1 to 65534.')
    process.exit(1)
  }
  return { pagePort, relayOptions: argv.toSpliced(at, isInline ? 1 : 2) }
}

/** The relay as a child: `restart` and `stop` let it drain and wait for its end. */
function superviseRelay(args) {
  let child = null
  let ended = Promise.resolve()
  let isStopping = false
  let starts = 0
  let startTimer = null
  const start = () => {
    starts++
    const command = ['--import', 'tsx', join(root, 'relay', 'main.ts'), ...args]
    child = spawn(process.execPath, command, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, HOLDFAST_STARTS: String(starts) },
    })
    const { promise, resolve } = withResolver()
    ended = promise
    child.once('error', (error) => {
      console.error(`The relay could not be started: ${error.message}`)
      resolve()
    })
    child.once('close', (code, signal) => {
      resolve()
      if (isStopping) return
      // A page killed it, to show what is left.
      if (signal === 'SIGKILL') startTimer = setTimeout(start, RESTART_DELAY_MS)
      else if (code !== 0) console.error('The relay ended; it starts again on a change.')
    })
  }
  const end = () => {
    clearTimeout(startTimer)
    child?.kill('SIGTERM')
    return ended
  }
  let restarting = Promise.resolve()
  return {
    start,
    restart: () => (restarting = restarting.then(end).then(() => isStopping || start())),
    stop: () => {
      isStopping = true
      return restarting.then(end)
    },
  }
}

function withResolver() {
  let resolve
  const promise = new Promise((done) => (resolve = done))
  return { promise, resolve }
}

const { pagePort, relayOptions } = optionsOf(process.argv.slice(2))
const relayPort = pagePort + 1
const relay = superviseRelay([
  `--port=${relayPort}`,
  `--host=${HOST}`,
  `--allow-origin=http://${HOST}:${pagePort}`,
  `--allow-origin=http://localhost:${pagePort}`,
  '--lab',
  ...relayOptions,
])
const vite = await createServer({
  root: join(root, 'web'),
  configFile: join(root, 'vite.config.ts'),
  server: {
    host: HOST,
    port: pagePort,
    strictPort: true,
    proxy: {
      [RELAY_PATHS]: { target: `http://${HOST}:${relayPort}`, changeOrigin: true, ws: true },
    },
  },
})

// Vite ends the process at once on SIGTERM, which would leave the relay behind.
process.removeAllListeners('SIGTERM')

// Ctrl-C comes twice under npm, and to the relay as well: the first is enough, none is force.
let isEnding = false
function endAll() {
  if (isEnding) return
  isEnding = true
  void Promise.all([relay.stop(), vite.close()]).then(() => process.exit(0))
}
process.on('SIGINT', endAll).on('SIGTERM', endAll)

try {
  await vite.listen()
} catch (error) {
  console.error(error.message)
  await vite.close()
  process.exit(1)
}
relay.start()

let restartTimer = null
vite.watcher.add(RELAY_ROOMS.map((room) => join(root, room)))
vite.watcher.on('all', (_event, file) => {
  const isSource = RELAY_ROOMS.some((room) => file.startsWith(join(root, room, '')))
  if (isEnding || !isSource || !file.endsWith('.ts') || /[/\\]test[/\\]/.test(file)) return
  clearTimeout(restartTimer)
  restartTimer = setTimeout(() => {
    console.log("The relay's sources changed; it starts again.")
    void relay.restart()
  }, RESTART_DELAY_MS)
})
console.log(`Page with hot reload at http://${HOST}:${pagePort} (relay on port ${relayPort}).`)
