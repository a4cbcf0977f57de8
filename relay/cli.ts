import { runInspect, INSPECT_HELP } from './inspect-command.ts'
import { RELAY_HELP, runRelay } from './main.ts'
import { runAsProgram } from './program.ts'

const HELP = `Usage: holdfast relay [options]
       holdfast inspect --data DIR [--room ROOM]

"holdfast relay --help" and "holdfast inspect --help" tell more.`

/** The `holdfast` command; resolves with the exit code. */
export const runCli = async (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const [command, ...rest] = argv
  switch (command) {
    case 'relay':
      return runRelay(rest, env)
    case 'inspect':
      if (rest.includes('--help')) return print(INSPECT_HELP)
      return runInspect(rest, { out: console.log, err: console.error })
    case '--help':
    case 'help':
      return print(`${HELP}\n\n${RELAY_HELP}\n\n${INSPECT_HELP}`)
    case undefined:
    default:
      console.error(command === undefined ? HELP : `There is no command "${command}".\n\n${HELP}`)
      return 1
  }
}

const print = (text: string): number => {
  console.log(text)
  return 0
}

runAsProgram(import.meta.url, () => runCli(process.argv.slice(2), process.env))
