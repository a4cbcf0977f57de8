// Builds the web app into dist/web, only when something it is made of has changed.

import { spawn } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { filesUnder, readStamp, root, stampOf } from './stamp.mjs'

const webDir = join(root, 'dist', 'web')
const stampFile = join(root, 'dist', 'web.stamp')
const ROOMS_IN_THE_PAGE = ['web', 'kit', 'protocol']

function sourceStamp() {
  const isTest = (path) => /(^|[/\\])test[/\\]/.test(path)
  const sources = ROOMS_IN_THE_PAGE.flatMap((room) => filesUnder(join(root, room), isTest))
  const settings = ['vite.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json']
  return stampOf([...sources, ...settings.map((name) => join(root, name))])
}

const isBuilt = (stamp) => existsSync(join(webDir, 'index.html')) && readStamp(stampFile) === stamp

/** Resolves with what Vite exited with; a signal to us ends Vite first and then us. */
function runVite(outDir) {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--logLevel', 'warn', '--outDir', outDir, '--emptyOutDir']
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] })
    const stop = (signal) => {
      child.kill(signal)
      child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve(code ?? 1)
    })
  })
}

async function build(stamp) {
  if (isBuilt(stamp)) return true // somebody else did it while we waited
  console.error('Building the web app …')
  // Built beside and swapped in: a relay that serves the old one never sees half of the new one.
  const draft = join(root, 'dist', `web.${process.pid}`)
  const old = join(root, 'dist', `web.${process.pid}.old`)
  try {
    if ((await runVite(draft)) !== 0) return false
    rmSync(stampFile, { force: true })
    if (existsSync(webDir)) renameSync(webDir, old)
    renameSync(draft, webDir)
    writeFileSync(stampFile, `${stamp}\n`)
    return true
  } finally {
    rmSync(draft, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

/** True when dist/web is what its sources say. Where it is not to be had, Vite has said why. */
export async function ensureWebBuilt() {
  const stamp = sourceStamp()
  if (isBuilt(stamp)) return true
  return withLock(
    join(root, '.cache', 'web.lock'),
    () => build(stamp),
    (pid) => console.error(`Another command (process ${pid}) is building the web app; waiting.`),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = (await ensureWebBuilt()) ? 0 : 1
}
