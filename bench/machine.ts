import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { root } from '../scripts/stamp.mjs'
import { peerVersions } from './peers.ts'

/** When, on what and of which code figures were taken. */
export type Machine = {
  readonly date: string
  readonly commit: string
  readonly node: string
  readonly processor: string
  readonly cores: number
  readonly memoryGib: number
  readonly fileSystem: string
  readonly versions: Readonly<Record<string, string>>
  /** One-minute load before and after: what else ran. */
  readonly load: { readonly before: number; after: number }
}

const said = (command: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

export const thisMachine = (): Machine => {
  const isChanged = said('git', 'status', '--porcelain', '--', '.', ':!bench/results') !== ''
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: said('git', 'rev-parse', '--short', 'HEAD') + (isChanged ? '-changed' : ''),
    node: process.versions.node,
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    fileSystem: said('stat', '-f', '-c', '%T', '.'),
    versions: peerVersions(),
    load: { before: loadavg()[0]!, after: NaN },
  }
}
