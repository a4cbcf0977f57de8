import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 20

/** Resolves when it is so; rejects when it is not in time. */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> => {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await sleep(LOOK_EVERY_MS)
  }
}
