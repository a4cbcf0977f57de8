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
  readonly ready: (port: number) => void
  /** Ends this process as a power cut would, and lets the keeper know that somebody wanted it. */
  readonly kill: () => void
}

/** What a child is told by its environment. `HOLDFAST_DEMO` comes from whoever starts us. */
export const relayEnv = (
  env: Readonly<Record<string, string | undefined>>,
  starts: number,
  hasServed: boolean,
): Record<string, string | undefined> => ({
  ...env,
  HOLDFAST_STARTS: String(starts),
  HOLDFAST_HAS_SERVED: hasServed ? '1' : undefined,
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
