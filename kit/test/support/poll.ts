import assert from 'node:assert/strict'

const PATIENCE_MS = 20_000
const LOOK_EVERY_MS = 20

/** Resolves once `holds` is true, for what tells nobody when it changes; `what`: said where that never comes to be. */
export const poll = async (
  holds: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}: never came to be`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
