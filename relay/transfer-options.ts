import { isRoomName } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import { TransferError } from './transfer-error.ts'

/** Where a room is: in a data folder, or at a relay that runs. */
export type Place =
  | { readonly dataDir: string }
  | { readonly url: string; readonly token: string | undefined }

export type TransferOptions = {
  readonly room: RoomName
  readonly place: Place
  /** Without the room's name. */
  readonly operands: readonly string[]
  readonly options: ReadonlyMap<string, string>
}

/** `ROOM [OPERAND…] (--data DIR | --url URL [--token TOKEN])`, and options of `more`, in any order. Throws a {@link TransferError}. */
export const transferOptions = (
  command: string,
  argv: readonly string[],
  more: readonly string[],
): TransferOptions => {
  const known = ['data', 'url', 'token', ...more]
  const operands: string[] = []
  const options = new Map<string, string>()
  for (let at = 0; at < argv.length; at++) {
    const [, name, inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(argv[at]!) ?? []
    if (name === undefined && !argv[at]!.startsWith('-')) operands.push(argv[at]!)
    else if (name === undefined || !known.includes(name)) {
      const list = known.map((each) => `--${each}`).join(', ')
      throw new TransferError('bad-option', `${command} knows ${list}, and no ${argv[at]}.`)
    } else {
      const value = inline ?? argv[++at] ?? ''
      if (value === '') throw new TransferError('bad-option', `The option --${name} needs a value.`)
      options.set(name, value)
    }
  }
  const [room, ...others] = operands
  if (room === undefined) throw new TransferError('bad-option', `${command} needs a ROOM.`)
  if (!isRoomName(room)) {
    const sentence = `No room can have the name ${JSON.stringify(room)}.`
    throw new TransferError('bad-room-name', sentence)
  }
  return { room, place: placeOf(command, options), operands: others, options }
}

const placeOf = (command: string, options: ReadonlyMap<string, string>): Place => {
  const [dataDir, url, token] = ['data', 'url', 'token'].map((name) => options.get(name))
  if ((dataDir === undefined) === (url === undefined)) {
    throw new TransferError('bad-option', `${command} needs either --data DIR or --url URL.`)
  }
  if (dataDir !== undefined) {
    if (token === undefined) return { dataDir }
    throw new TransferError('bad-option', '--token goes with --url.')
  }
  return { url: relayUrl(url!), token }
}

/** The relay's own address, as `http:` or `https:`. */
const relayUrl = (given: string): string => {
  const parsed = URL.canParse(given) ? new URL(given.replace(/^ws(s?):/, 'http$1:')) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    const sentence = `${given} is no address of a relay, as http://127.0.0.1:8787 is one.`
    throw new TransferError('bad-url', sentence)
  }
  return parsed.origin
}
