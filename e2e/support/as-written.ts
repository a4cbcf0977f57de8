/** `npm run test:long` plays the scenarios with the figures as they were written down. */
export const isLong = process.env['HOLDFAST_LONG'] !== undefined

/** A figure of a scenario: as written in a long run, else the short one, which is said in the output. */
export const figure = (what: string, written: number, short: number): number => {
  if (isLong) return written
  process.stdout.write(`shortened: ${what} ${short}, as written ${written}\n`)
  return short
}

/** What only a long run plays. */
export const leftForLong = (what: string): void => {
  if (!isLong) process.stdout.write(`shortened: ${what} only in a long run\n`)
}
