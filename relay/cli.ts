import { DELETE_HELP, runDelete } from './delete-command.ts'
import { EXPORT_HELP, runExport } from './export-command.ts'
import { IMPORT_HELP, runImport } from './import-command.ts'
import { runInspect, INSPECT_HELP } from './inspect-command.ts'
import { RELAY_HELP, runRelay } from './main.ts'
import { runAsProgram } from './program.ts'
import { RESTORE_HELP, runRestore } from './restore-command.ts'
import { SUPERVISE_HELP, supervise } from './supervisor/supervise.ts'
import { SALVAGE_HELP, runSalvage } from './supervisor/salvage-command.ts'

const HELP = `Usage: holdfast relay [options]
       holdfast supervise [options]
       holdfast inspect --data DIR [--room ROOM]
       holdfast salvage --data DIR
       holdfast restore --data DIR
       holdfast delete --data DIR --room ROOM
       holdfast export ROOM (--data DIR | --url URL) [--out FILE]
       holdfast import ROOM FILE (--data DIR | --url URL)

Each of them tells more with --help.`

/** The `holdfast` command; resolves with the exit code. */
export const runCli = async (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const [command, ...rest] = argv
  switch (command) {
    case 'relay':
      return runRelay(rest, env)
    case 'supervise':
      if (rest.includes('--help')) return print(SUPERVISE_HELP)
      return supervise(rest, env)
    case 'salvage':
      if (rest.includes('--help')) return print(SALVAGE_HELP)
      return runSalvage(rest, { out: console.log, err: console.error })
    case 'restore':
      if (rest.includes('--help')) return print(RESTORE_HELP)
      return runRestore(rest, { out: console.log, err: console.error })
    case 'delete':
      if (rest.includes('--help')) return print(DELETE_HELP)
      return runDelete(rest, { out: console.log, err: console.error })
    case 'export':
      if (rest.includes('--help')) return print(EXPORT_HELP)
      return runExport(rest, {
        bytes: (bytes) => void process.stdout.write(bytes),
        err: console.error,
      })
    case 'import':
      if (rest.includes('--help')) return print(IMPORT_HELP)
      return runImport(rest, { out: console.log, err: console.error })
    case 'inspect':
      if (rest.includes('--help')) return print(INSPECT_HELP)
      return runInspect(rest, { out: console.log, err: console.error })
    case '--help':
    case 'help':
      return print(
        [
          HELP,
          RELAY_HELP,
          INSPECT_HELP,
          SALVAGE_HELP,
          RESTORE_HELP,
          DELETE_HELP,
          EXPORT_HELP,
          IMPORT_HELP,
        ].join('\n\n'),
      )
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
