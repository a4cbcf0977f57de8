// Which Chromium the browser tests drive. Each candidate must really start before it is taken.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { withLock } from './lock.mjs'
import { root } from './stamp.mjs'

const cacheFile = join(root, '.cache', 'browser.json')
const PROBE_TIMEOUT_MS = 30_000
const DOWNLOAD_TIMEOUT_MS = 300_000

const NAMES_IN_PATH = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
]
const OTHER_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

const isRoot = () => process.getuid?.() === 0

/** The flags that every start of the browser gets: only the page under test may use the network. */
export function browserArgs() {
  const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update']
  return isRoot() ? ['--no-sandbox', ...quiet] : quiet
}

/** Null if the browser at `path` starts and runs a page, else why not. */
async function whyNotUsable(path) {
  if (!existsSync(path)) return 'there is no such file'
  try {
    const browser = await chromium.launch({
      executablePath: path,
      args: browserArgs(),
      timeout: PROBE_TIMEOUT_MS,
    })
    try {
      const page = await browser.newPage()
      const answer = await page.evaluate(() => 6 * 7)
      return answer === 42 ? null : 'it does not run scripts'
    } finally {
      await browser.close()
    }
  } catch (error) {
    return error.message.split('\n')[0]
  }
}

function systemBrowsers() {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const inPath = NAMES_IN_PATH.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...inPath, ...OTHER_PLACES].filter((path) => existsSync(path))
}

function run(command, args, extraEnv = {}) {
  console.error(`> ${command} ${args.join(' ')}`)
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...extraEnv },
    stdio: ['ignore', 2, 2],
    timeout: DOWNLOAD_TIMEOUT_MS,
  })
  return result.status === 0
}

/** Where browsers come from, first to last; the later ones install something first. */
const SOURCES = [
  { name: "Playwright's own", paths: () => [chromium.executablePath()] },
  { name: "the system's", paths: systemBrowsers },
  {
    name: 'a download by Playwright',
    paths: () => {
      const cli = join(root, 'node_modules', 'playwright', 'cli.js')
      const env = { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' }
      const isDone = run(process.execPath, [cli, 'install', 'chromium'], env)
      return isDone ? [chromium.executablePath()] : []
    },
  },
  {
    name: "the system's package manager",
    paths: () => {
      if (!isRoot() || process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return []
      const env = { DEBIAN_FRONTEND: 'noninteractive' }
      const install = ['install', '-y', '--no-install-recommends', 'chromium']
      const isDone = run('apt-get', ['update'], env) && run('apt-get', install, env)
      return isDone ? systemBrowsers() : []
    },
  },
]

function readCache() {
  if (!existsSync(cacheFile)) return null
  const { executablePath, mtimeMs } = JSON.parse(readFileSync(cacheFile, 'utf8'))
  const stat = statSync(executablePath, { throwIfNoEntry: false })
  return stat?.mtimeMs === mtimeMs ? executablePath : null
}

function writeCache(executablePath) {
  const { mtimeMs } = statSync(executablePath)
  mkdirSync(dirname(cacheFile), { recursive: true })
  writeFileSync(cacheFile, `${JSON.stringify({ executablePath, mtimeMs })}\n`)
}

async function search() {
  const cached = readCache()
  if (cached !== null) return cached
  const refused = []
  for (const source of SOURCES) {
    for (const path of source.paths()) {
      const why = await whyNotUsable(path)
      if (why === null) {
        writeCache(path)
        return path
      }
      refused.push(`  ${path}: ${why}`)
    }
  }
  throw new Error(
    `No Chromium for the browser tests was found or could be installed. Install Chromium, Chrome or Edge, or name one in HOLDFAST_BROWSER.\n${refused.join('\n')}`,
  )
}

async function named(path) {
  const why = await whyNotUsable(path)
  if (why !== null) throw new Error(`HOLDFAST_BROWSER names ${path}, which does not start: ${why}`)
  return path
}

let found = null

/**
 * The browser for tests as `{ executablePath, args }`, fit for Playwright's `launchOptions`.
 * HOLDFAST_BROWSER decides if it is set. The first search may install one; what was found is kept
 * until its file changes. Rejects with one sentence if there is none.
 */
export function findBrowser() {
  const wanted = process.env['HOLDFAST_BROWSER']
  found ??= wanted ? named(wanted) : withLock(join(root, '.cache', 'browser.lock'), search)
  return found.then((executablePath) => ({ executablePath, args: browserArgs() }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log((await findBrowser()).executablePath)
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
