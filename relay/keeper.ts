import type { QuarantineRow } from './jobs/quarantine.ts'

/*
 * Whoever runs this process as its child and starts it again when it dies (supervisor/).
 * Words go through the channel of Node's child processes.
 */

export type Keeper = {
  /** How often it started this relay; 1 without a keeper. */
  readonly starts: number
  readonly isThere: boolean
  /** Whether its pages may kill it, to show what is left. */
  readonly isDemo: boolean
  /** Whether a relay that it started before this one has served. */
  readonly hasServed: boolean
  /** J15: where to note for which room is worked, and the rooms that it died of too often. */
  readonly workNoteFd: number | undefined
  readonly closedRooms: readonly QuarantineRow[]
  readonly ready: (port: number) => void
  /** Ends this process as a power cut would, and lets the keeper know that somebody wanted it. */
  readonly kill: () => void
}

/** Behind stdin, stdout, stderr and the channel. */
const NOTE_FD = 4

export type ToldByKeeper = {
  readonly starts: number
  readonly hasServed: boolean
  readonly hasNote: boolean
  readonly closedRooms: readonly QuarantineRow[]
}

/** What a child is told by its environment. `HOLDFAST_DEMO` comes from whoever starts us. */
export const relayEnv = (
  env: Readonly<Record<string, string | undefined>>,
  { starts, hasServed, hasNote, closedRooms }: ToldByKeeper,
): Record<string, string | undefined> => ({
  ...env,
  HOLDFAST_STARTS: String(starts),
  HOLDFAST_HAS_SERVED: hasServed ? '1' : undefined,
  HOLDFAST_WORK_NOTE: hasNote ? '1' : undefined,
  HOLDFAST_CLOSED_ROOMS: closedRooms.length === 0 ? undefined : JSON.stringify(closedRooms),
})

export const findKeeper = (env: Readonly<Record<string, string | undefined>>): Keeper => {
  const starts = Number(env['HOLDFAST_STARTS'] ?? 1)
  const isThere = process.connected === true && env['HOLDFAST_STARTS'] !== undefined
  const die = (): void => void process.kill(process.pid, 'SIGKILL')
  return {
    starts,
    isThere,
    isDemo: isThere && env['HOLDFAST_DEMO'] === '1',
    hasServed: isThere && env['HOLDFAST_HAS_SERVED'] === '1',
    workNoteFd: isThere && env['HOLDFAST_WORK_NOTE'] === '1' ? NOTE_FD : undefined,
    closedRooms: isThere
      ? (JSON.parse(env['HOLDFAST_CLOSED_ROOMS'] ?? '[]') as readonly QuarantineRow[])
      : [],
    ready: (port) => {
      if (isThere) process.send?.({ type: 'ready', port })
    },
    // If the word cannot be passed on, the kill comes all the same.
    kill: () => {
      if (isThere && process.connected === true) process.send?.({ type: 'kill' }, die)
      else die()
    },
  }
}
