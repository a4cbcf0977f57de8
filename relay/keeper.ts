/*
 * Whoever runs this process as its child and starts it again when it dies, as `npm start` does (scripts/run-relay.mjs).
 * Words go through the channel of Node's child processes.
 */

export type Keeper = {
  /** How often it started this relay; 1 without a keeper. */
  readonly starts: number
  readonly isThere: boolean
  readonly ready: (port: number) => void
  /** Ends this process as a power cut would, and lets the keeper know that somebody wanted it. */
  readonly kill: () => void
}

export const findKeeper = (env: Readonly<Record<string, string | undefined>>): Keeper => {
  const starts = Number(env['HOLDFAST_STARTS'] ?? 1)
  const isThere = process.connected === true && env['HOLDFAST_STARTS'] !== undefined
  const die = (): void => void process.kill(process.pid, 'SIGKILL')
  return {
    starts,
    isThere,
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
