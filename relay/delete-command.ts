import { resolve } from 'node:path'
import { isRoomName } from '../protocol/index.ts'
import type { Printer } from './inspect-command.ts'
import { withExistingStore } from './existing-store.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

export const DELETE_HELP = `Usage: holdfast delete --data DIR --room ROOM

Deletes all that a room's log holds, for good. Its name stays taken: who comes back to it is told that it was deleted, and what
their device has unsent can be exported there, but brings nothing back. The relay must not run; one inside a server of yours has
\`deleteRoom\`. Exit code 0: it is deleted. 1: it is not, or there is no such room.`

/** S17: `holdfast delete`: returns the exit code. */
export const runDelete = async (argv: readonly string[], printer: Printer): Promise<number> => {
  const asked = parse(argv)
  if (typeof asked === 'string') {
    printer.err(asked)
    return 1
  }
  try {
    return await withExistingStore(resolve(asked.dataDir), (store) =>
      deleteIn(store, asked.room, printer),
    )
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    printer.err(error.message)
    return 1
  }
}

const parse = (argv: readonly string[]): { dataDir: string; room: string } | string => {
  const values = new Map<string, string>()
  for (let at = 0; at < argv.length; at++) {
    const [, name, inline] = /^--(data|room)(?:=(.*))?$/s.exec(argv[at]!) ?? []
    const value = inline ?? argv[++at]
    if (name === undefined) return 'delete takes --data DIR and --room ROOM.'
    if (value === undefined || value === '') return `The option --${name} needs a value.`
    values.set(name, value)
  }
  const [dataDir, room] = [values.get('data'), values.get('room')]
  if (dataDir === undefined || room === undefined) return 'delete needs --data DIR and --room ROOM.'
  return isRoomName(room) ? { dataDir, room } : `No room can have the name ${JSON.stringify(room)}.`
}

const deleteIn = async (store: Store, room: string, { out, err }: Printer): Promise<number> => {
  const { head, term } = await store.open(room)
  if (head === 0) {
    err(`There is no room ${room}.`)
    return 1
  }
  const bytes = new TextEncoder().encode(JSON.stringify({ deletedAtMs: Date.now() }))
  const result = await store.delete(room, { expectHead: head, term, bytes })
  if (!result.ok) {
    throw new StoreError('commit-failed', `The room changed meanwhile: ${result.code}.`)
  }
  out(`The room ${room} is deleted, with ${head} ${head === 1 ? 'record' : 'records'}.`)
  return 0
}
