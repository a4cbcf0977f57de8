import { runCli } from './run-cli.ts'
import type { Ended } from './run-cli.ts'

/** One line of `holdfast inspect --room ROOM --payload`. */
export type InspectedRecord = {
  readonly offset: number
  readonly author: string
  readonly user: string
  readonly seq: number
  readonly kind: 'update' | 'updateV2' | 'event' | 'turn' | 'void'
  readonly hash: string
  readonly chain: string
  readonly atMs: number
  readonly origin?: { readonly author: string; readonly seq: number }
  readonly name?: string
  readonly payload?: unknown
  readonly payloadBase64?: string
  readonly updateBase64?: string
  readonly refused?: string
}

/**
 * Asks the independent witness, a process of its own that reads the disk, for all records of a room; also beside a running
 * relay. A room that nobody wrote in has none. Rejects where any rule is violated or nothing can be read.
 */
export const inspect = async (
  dataDir: string,
  room: string,
): Promise<readonly InspectedRecord[]> => {
  const { code, out, err } = await runInspect(['--data', dataDir, '--room', room, '--payload'])
  if (code === 1 && err.startsWith('There is no room ')) return []
  if (code !== 0) throw new Error(`inspect ended with code ${code}:\n${err}${violationsIn(out)}`)
  return linesOf(out).map((line) => JSON.parse(line) as InspectedRecord)
}

/** The names of all rooms in the store, each checked. Rejects like {@link inspect}. */
export const inspectRooms = async (dataDir: string): Promise<readonly string[]> => {
  const { code, out, err } = await runInspect(['--data', dataDir])
  if (code !== 0) throw new Error(`inspect ended with code ${code}:\n${err}${violationsIn(out)}`)
  return linesOf(out).map((line) => (JSON.parse(line) as { room: string }).room)
}

const linesOf = (out: string): string[] => out.split('\n').filter((line) => line !== '')

const violationsIn = (out: string): string =>
  linesOf(out)
    .filter((line) => line.includes('"violation"'))
    .join('\n')

const runInspect = (argv: readonly string[]): Promise<Ended> => runCli(['inspect', ...argv])
