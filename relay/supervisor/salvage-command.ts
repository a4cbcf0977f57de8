import { resolve } from 'node:path'
import type { Printer } from '../inspect-command.ts'
import { salvageInChild } from '../stores/lmdb-ask.ts'
import { StoreError } from '../stores/store.ts'
import { reportOf } from './check-store.ts'

export const SALVAGE_HELP = `Usage: holdfast salvage --data DIR

Copies what can be read of a damaged store into a new one and puts that in its place; the damaged file is kept beside it.
Of a room with damage in its log all before it is copied, and pages that still have the rest write it back. The relay must not run.
Exit code 0: it is done. 1: it is not, and nothing was changed.`

/** `holdfast salvage`: returns the exit code. */
export const runSalvage = async (argv: readonly string[], printer: Printer): Promise<number> => {
  const [, inline] = /^--data=(.+)$/s.exec(argv[0] ?? '') ?? []
  const dataDir = inline ?? (argv[0] === '--data' ? argv[1] : undefined)
  if (dataDir === undefined || argv.length > (inline === undefined ? 2 : 1)) {
    printer.err('salvage takes --data DIR, and nothing else.')
    return 1
  }
  try {
    const dir = resolve(dataDir)
    for (const line of reportOf(await salvageInChild(dir, { now: Date.now(), isBroken: false })))
      printer.out(line)
    return 0
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    printer.err(error.message)
    return 1
  }
}
