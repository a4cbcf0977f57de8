import type { Verdict } from './verdict.ts'

/** How long what is missing in the log may still be on its way there. */
const PATIENCE_MS = 2500
const LOOK_EVERY_MS = 150

type Clock = { readonly now: () => number; readonly wait: (ms: number) => Promise<void> }

const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/**
 * The verdict: at once when nothing is missing, and otherwise when it was waited for long enough. `count` reads the log anew each time;
 * while it fails nobody can judge, and it is asked again. Undefined as soon as `isOver` says that nobody asks any more.
 */
export const judge = async (
  count: () => Promise<Verdict>,
  isOver: () => boolean,
  clock: Clock = CLOCK,
): Promise<Verdict | undefined> => {
  const since = clock.now()
  while (!isOver()) {
    const verdict = await countIfAnswered(count)
    if (isOver()) return undefined
    const isPatient = clock.now() - since < PATIENCE_MS
    if (verdict !== undefined && (verdict.lost === 0 || !isPatient)) return verdict
    await clock.wait(LOOK_EVERY_MS)
  }
  return undefined
}

const countIfAnswered = async (count: () => Promise<Verdict>): Promise<Verdict | undefined> => {
  try {
    return await count()
  } catch {
    return undefined
  }
}
