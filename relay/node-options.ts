/*
 * What Node was told before the program's name is handed on to the processes that we start: how to read TypeScript, say. But not
 * a program that stood there itself: each of those processes would be that program again, and start the next one.
 */

const PROGRAMS = new Set(['-e', '--eval', '-p', '--print', '-pe'])
const ABOUT_PROGRAMS =
  /^(--eval|--print|--input-type|--experimental-default-type)(=|$)|^(-i|--interactive|-c|--check|--test)$/

/** `execArgv` without a program, and without what is said of one. */
export const nodeOptions = (execArgv: readonly string[] = process.execArgv): readonly string[] => {
  const kept: string[] = []
  for (let at = 0; at < execArgv.length; at++) {
    const word = execArgv[at]!
    if (PROGRAMS.has(word)) at++
    else if (word === '--input-type') at++
    else if (!ABOUT_PROGRAMS.test(word)) kept.push(word)
  }
  return kept
}
