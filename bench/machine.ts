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
  readonly load: { readonly before: number; readonly after: number }
}

const said = (command: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

const commitNow = (): string => {
  const isChanged =
    said('git', 'status', '--porcelain', '--', '.', ':!bench/results', ':!README.md') !== ''
  return said('git', 'rev-parse', '--short', 'HEAD') + (isChanged ? '-changed' : '')
}

export const thisMachine = (): Machine => {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitNow(),
    node: process.versions.node,
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    fileSystem: said('stat', '-f', '-c', '%T', '.'),
    versions: peerVersions(),
    load: { before: loadavg()[0]!, after: NaN },
  }
}

/** The same when figures have been taken: what the machine did meanwhile, and whether its code stayed. */
export const afterwards = (machine: Machine): Machine => {
  const { commit, load } = machine
  const isOther = commitNow() !== commit && !commit.endsWith('-changed')
  return {
    ...machine,
    commit: isOther ? `${commit}-changed` : commit,
    load: { ...load, after: loadavg()[0]! },
  }
}
