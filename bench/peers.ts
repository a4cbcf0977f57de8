import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from '../scripts/lock.mjs'
import { readStamp, root, stampOf } from '../scripts/stamp.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const STAMP = join(HERE, 'node_modules', '.holdfast-stamp')

/** Installed anew where what is asked for, or the Node that native parts are built for, is another. */
const stampNow = (): string =>
  stampOf(
    [join(HERE, 'package.json'), join(HERE, 'package-lock.json')],
    [process.platform, process.arch, process.versions.modules],
  )

const install = async (): Promise<void> => {
  if (readStamp(STAMP) === stampNow()) return
  console.error('Installing the servers that are measured beside ours (npm ci in bench/) …')
  const args = ['ci', '--no-audit', '--no-fund', '--prefer-offline']
  const child = spawn('npm', args, { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error('The servers of bench/package.json could not be installed.')
  writeFileSync(STAMP, `${stampNow()}\n`)
}

/** Peers are needed here alone, so they are installed when somebody measures, and never by `npm start` or `npm test`. */
export const ensurePeers = (): Promise<void> =>
  withLock(join(root, '.cache', 'bench-install.lock'), install)

/** What is measured, with the versions that are installed. */
export const peerVersions = (): Readonly<Record<string, string>> => {
  const names = ['@y/websocket-server', 'y-leveldb', '@hocuspocus/server']
  const all = [...names, '@hocuspocus/extension-sqlite', 'better-sqlite3', 'ws', 'yjs']
  const versions: Record<string, string> = {}
  for (const name of all) {
    const path = join(HERE, 'node_modules', name, 'package.json')
    if (!existsSync(path)) continue
    versions[name] = (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  }
  return versions
}
