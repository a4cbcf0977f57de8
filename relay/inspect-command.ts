import { relative, sep } from 'node:path'
import { isViolation } from './inspect-log.ts'
import type { Finding } from './inspect-log.ts'
import { InspectError, inspectDeleted, inspectRooms, walkRoom } from './inspect.ts'

/** Where a command's lines go; each without its newline. */
export type Printer = {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

export const INSPECT_HELP = `Usage: holdfast inspect --data DIR [--room ROOM [--payload | --update]]

Reads a store, also beside a running relay, and checks it with a reader of its own.
Without --room it prints each room as a JSON line, those that were deleted with the time of that, with it each record of the room.
  --payload   also prints the bytes of updates, as base64
  --update    prints nothing but the bytes of updates, one base64 line each
Exit code 0: all is well. 1: there is nothing to read. 2: a rule is violated; a line says which.`

type Asked = {
  readonly dataDir: string
  readonly room: string | undefined
  readonly withPayload: boolean
  readonly updatesOnly: boolean
}

/** What somebody types who stands in the folder where this program was started; a room's name goes behind it. */
export const inspectCommandFor = (dataDir: string): string => {
  const near = relative(process.cwd(), dataDir)
  const isWithin = near !== '' && near.split(sep)[0] !== '..'
  const folder = isWithin ? near : dataDir
  const shown = /^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`
  const isClone = import.meta.url.endsWith('.ts')
  const program = isClone ? 'npm run --silent holdfast -- inspect' : 'npx holdfast inspect'
  return `${program} --data ${shown} --room`
}

/** `holdfast inspect`: returns the exit code. */
export const runInspect = async (argv: readonly string[], printer: Printer): Promise<number> => {
  const asked = parse(argv)
  if (typeof asked === 'string') {
    printer.err(asked)
    return 1
  }
  try {
    return asked.room === undefined
      ? await printRooms(asked.dataDir, printer)
      : await printRoom({ ...asked, room: asked.room }, printer)
  } catch (error) {
    if (!(error instanceof InspectError)) throw error
    printer.err(error.message)
    return 1
  }
}

const parse = (argv: readonly string[]): Asked | string => {
  const values = new Map<string, string>()
  for (let at = 0; at < argv.length; at++) {
    const [, name, inline] = /^--(data|room|payload|update)(?:=(.*))?$/s.exec(argv[at]!) ?? []
    if (name === undefined) return 'inspect takes --data DIR, --room ROOM, --payload and --update.'
    const isSwitch = name === 'payload' || name === 'update'
    const value = inline ?? (isSwitch ? '1' : argv[++at])
    if (value === undefined || value === '') return `The option --${name} needs a value.`
    values.set(name, value)
  }
  const dataDir = values.get('data')
  const room = values.get('room')
  const [withPayload, updatesOnly] = [values.has('payload'), values.has('update')]
  if (dataDir === undefined) return 'inspect needs --data DIR.'
  if (room === undefined && (withPayload || updatesOnly))
    return '--payload and --update need --room ROOM.'
  return { dataDir, room, withPayload, updatesOnly }
}

const printRooms = async (dataDir: string, { out }: Printer): Promise<number> => {
  const { rooms, deleted, violations } = await inspectRooms(dataDir)
  for (const line of [...rooms, ...deleted, ...violations]) out(JSON.stringify(line))
  return violations.length > 0 ? 2 : 0
}

const printRoom = async (
  { dataDir, room, withPayload, updatesOnly }: Asked & { readonly room: string },
  { out, err }: Printer,
): Promise<number> => {
  let isWhole = true
  const print = (finding: Finding): void => {
    if (isViolation(finding)) {
      isWhole = false
      ;(updatesOnly ? err : out)(JSON.stringify(finding))
    } else if (updatesOnly) {
      if (finding.kind === 'update') out(finding.updateBase64 ?? '')
    } else {
      const { updateBase64, ...rest } = finding
      const isShown = withPayload && updateBase64 !== undefined
      out(JSON.stringify(isShown ? { ...rest, updateBase64 } : rest))
    }
  }
  const deleted = await inspectDeleted(dataDir, room)
  if (deleted !== undefined) {
    if (!updatesOnly) out(JSON.stringify(deleted))
    err(`There is no room ${JSON.stringify(room)} in ${dataDir} any more: ${deleted.sentence}.`)
    return 1
  }
  await walkRoom(dataDir, room, print)
  return isWhole ? 0 : 2
}
