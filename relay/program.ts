import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Runs `run` and ends the process with its code, where this module is what Node was asked to run; an import does nothing. */
export const runAsProgram = (moduleUrl: string, run: () => Promise<number>): void => {
  const [, script] = process.argv
  if (script === undefined || !existsSync(script)) return
  if (realpathSync(script) !== fileURLToPath(moduleUrl)) return
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read our output has heard enough, as `head` has: that is no fault of anybody.
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  run().then(
    (code) => {
      // Into a pipe Node writes later: an exit right now would cut off what was printed, and still say that all is well.
      process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
    },
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
}
