// Runs before `npm start`, `npm test` and the others, on a clone that may have no node_modules yet:
// nothing but Node itself may be imported here. Plain `npm ci` each time would cost five seconds and
// empty node_modules under a running relay, so it runs only when what it depends on has changed.

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { readStamp, root, stampOf } from './stamp.mjs'

const stampFile = join(root, 'node_modules', '.holdfast-stamp')

/** Null if `version` (as in process.versions.node) will do, else the sentence to show. */
export function whyNotNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22
  if (isEnough) return null
  return `Holdfast needs Node 20.19 or newer (of Node 22: 22.12 or newer); this is Node ${version}.`
}

/** What an installation depends on. Of package.json only what npm ci reads, not the scripts. */
export function installStamp() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest
  const { overrides, allowScripts } = manifest
  const asked = { dependencies, devDependencies, optionalDependencies, peerDependencies }
  return stampOf(
    [join(root, 'package-lock.json')],
    [
      JSON.stringify({ ...asked, overrides, allowScripts }),
      process.platform,
      process.arch,
      process.versions.modules,
    ],
  )
}

const isInstalled = () => readStamp(stampFile) === installStamp()

/** Runs `npm ci`; gives its exit code and what it said, so that the reason can be told in a sentence. */
function runNpmCi(retries) {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline']
  args.push(`--fetch-retries=${retries}`, '--fetch-retry-mintimeout=500')
  args.push('--fetch-retry-maxtimeout=2000', '--fetch-timeout=60000')
  const npm = process.env['npm_execpath']
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]]
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const hear = (chunk) => (said += chunk)
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward).on('SIGTERM', forward)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward)
      resolve({ code, signal, said })
    })
  })
}

/** One sentence for what npm said when it failed. */
export function whyNotInstalled(said) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(said)) {
    return "The dependencies could not be fetched: npm's registry cannot be reached. Go online once and run the command again."
  }
  if (/ENOSPC/.test(said)) return 'The dependencies could not be installed: the disk is full.'
  if (/EACCES|EPERM|EROFS/.test(said)) {
    return 'The dependencies could not be installed: this folder cannot be written.'
  }
  return `The dependencies could not be installed. npm said:\n${said.trim()}`
}

async function install() {
  if (isInstalled()) return 0 // somebody else did it while we waited
  console.error('Installing the dependencies (npm ci) …')
  // Being offline is said at once; only a line that breaks under way is worth a second try.
  let { code, signal, said } = await runNpmCi(0)
  if (signal === null && code !== 0 && /ECONNRESET|TIMEDOUT|TIMEOUT/.test(said)) {
    ;({ code, signal, said } = await runNpmCi(2))
  }
  if (signal !== null) return 130
  if (code === 0) {
    writeFileSync(stampFile, `${installStamp()}\n`)
    return 0
  }
  console.error(whyNotInstalled(said))
  return 1
}

async function main() {
  const why = whyNotNode(process.versions.node)
  if (why !== null) {
    console.error(why)
    return 1
  }
  if (isInstalled()) return 0
  return withLock(join(root, '.cache', 'install.lock'), install, (pid) => {
    console.error(
      `Another command (process ${pid}) is installing the dependencies; waiting for it.`,
    )
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
