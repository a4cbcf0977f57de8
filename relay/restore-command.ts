import { resolve } from 'node:path'
import { isRoomName } from '../protocol/index.ts'
import { openBatchSecret } from './store-secrets.ts'
import { newContext } from './context.ts'
import type { RelayContext } from './context.ts'
import { withExistingStore } from './existing-store.ts'
import { yjsGate } from './gate/index.ts'
import type { Printer } from './inspect-command.ts'
import { SILENT_LOG } from './log.ts'
import { RelayError } from './relay-error.ts'
import { RoomDamaged, loadRoom } from './room-load.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

export const RESTORE_HELP = `Usage: holdfast restore --data DIR

For a store that was put back from a backup: lets each log go on under a new epoch, so that every page reads it anew and gives back
what it has and the backup lacks. A relay finds that out itself from the first such page; this does it for all rooms before anybody
comes. The relay must not run. Exit code 0: it is done. 1: it is not. 2: done, but for rooms that cannot be read, each with a line.`

/** S15: `holdfast restore`: returns the exit code. */
export const runRestore = async (argv: readonly string[], printer: Printer): Promise<number> => {
  const [, inline] = /^--data=(.+)$/s.exec(argv[0] ?? '') ?? []
  const dataDir = inline ?? (argv[0] === '--data' ? argv[1] : undefined)
  if (dataDir === undefined || argv.length > (inline === undefined ? 2 : 1)) {
    printer.err('restore takes --data DIR, and nothing else.')
    return 1
  }
  try {
    const dir = resolve(dataDir)
    return await withExistingStore(dir, (store) => {
      const batchSecret = openBatchSecret(dir)
      return turnAll(newContext({ log: SILENT_LOG, gates: yjsGate, batchSecret }), store, printer)
    })
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof RelayError)) throw error
    printer.err(error.message)
    return 1
  }
}

/** Turns the epoch of every room that can be read; returns the exit code. */
export const turnAll = async (
  context: RelayContext,
  store: Store,
  { out, err }: Printer,
): Promise<number> => {
  let failures = 0
  for (const room of await store.rooms()) {
    if (!isRoomName(room)) continue
    try {
      const { term } = await store.open(room)
      await loadRoom(context, store, room, { term })
    } catch (error) {
      if (!(error instanceof StoreError) && !(error instanceof RoomDamaged)) throw error
      failures++
      err(`The room ${room} keeps its epoch: ${error.message}`)
    }
  }
  const { epochTurns } = context.figures
  out(`${epochTurns} ${epochTurns === 1 ? 'room goes' : 'rooms go'} on under a new epoch.`)
  return failures === 0 ? 0 : 2
}
