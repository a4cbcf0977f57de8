/**
 * Runs `start`, and whatever process of Node it starts has its wall clock ahead by so much; its monotonic clock and its timers are as
 * they are.
 */
export const withClockAhead = async (
  aheadMs: number,
  start: () => Promise<void>,
): Promise<void> => {
  const before = process.env['NODE_OPTIONS']
  const shift = `const now = Date.now
globalThis.Date = class extends Date {
  constructor(...given) { super(...(given.length === 0 ? [now() + ${aheadMs}] : given)) }
  static now() { return now() + ${aheadMs} }
}`
  process.env['NODE_OPTIONS'] = `--import data:text/javascript,${encodeURIComponent(shift)}`
  try {
    await start()
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  }
}
