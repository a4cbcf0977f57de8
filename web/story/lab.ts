import { fieldsOf, isCount } from '../frame-messages.ts'

/** The relay’s process, where this page may reach into it. */
export type Lab = {
  readonly pid: number
  /** The command that shows a room of its store; the room’s name goes behind it. */
  readonly inspect: string
}

const TIMEOUT_MS = 2000

/** The lab controls; undefined where there are none, or where nobody answers. */
export const readLab = async (): Promise<Lab | undefined> => {
  try {
    const response = await fetch('/lab', {
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return response.ok ? labIn(await response.json()) : undefined
  } catch {
    // Nobody answers: there is nothing to reach into now.
    return undefined
  }
}

export const labIn = (answer: unknown): Lab | undefined => {
  const { pid, inspect } = fieldsOf(answer)
  return isCount(pid) && typeof inspect === 'string' ? { pid, inspect } : undefined
}

/** Whether the relay took the order. It may be gone before it answers. */
export const killRelay = async (): Promise<boolean> => {
  try {
    return (await fetch('/lab/kill', { method: 'POST' })).ok
  } catch {
    return true
  }
}

const ANY_INSPECT = 'npm run --silent holdfast -- inspect --data .holdfast-data --room'

/** The command line with which anybody can see for themselves. */
export const inspectLine = (lab: Lab | undefined, room: string): string =>
  `${lab?.inspect ?? ANY_INSPECT} ${room}`

const ASK_EVERY_MS = 200
const PATIENCE_MS = 30_000
/** A process that was killed and still answers after this was not. */
const DEATH_MS = 5000

/** The process that took the place of `before`; undefined where that did not end, or none came. */
export const waitForAnother = async (before: Lab): Promise<Lab | undefined> => {
  const since = performance.now()
  for (;;) {
    const lab = await readLab()
    const waitedMs = performance.now() - since
    if (lab !== undefined && lab.pid !== before.pid) return lab
    if (waitedMs > PATIENCE_MS || (lab !== undefined && waitedMs > DEATH_MS)) return undefined
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
}
