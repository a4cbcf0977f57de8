import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Printer } from '../inspect-command.ts'
import { faultOf, salvageInChild, walkInChild } from '../stores/lmdb-ask.ts'
import { unreadable } from '../stores/lmdb-file.ts'
import { StoreError } from '../stores/store.ts'
import { reportOf } from './check-store.ts'

export const SALVAGE_HELP = `Usage: holdfast salvage --data DIR

Copies what can be read of a damaged store into a new one and puts that in its place; the damaged file is kept beside it.
Of a room with damage in its log all before it is copied, and pages that still have the rest write it back. The relay must not run.
A store that is sound is left as it is. Exit code 0: it is done, or is sound. 1: it is not done, and nothing was changed.`

/** `holdfast salvage`: returns the exit code. */
export const runSalvage = async (argv: readonly string[], printer: Printer): Promise<number> => {
  const [, inline] = /^--data=(.+)$/s.exec(argv[0] ?? '') ?? []
  const dataDir = inline ?? (argv[0] === '--data' ? argv[1] : undefined)
  if (dataDir === undefined || argv.length > (inline === undefined ? 2 : 1)) {
    printer.err('salvage takes --data DIR, and nothing else.')
    return 1
  }
  try {
    for (const line of await salvageIfDamaged(resolve(dataDir))) printer.out(line)
    return 0
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    printer.err(error.message)
    return 1
  }
}

/** What is to be said of it. Rejects with a {@link StoreError} where nothing can be done. */
const salvageIfDamaged = async (dir: string): Promise<readonly string[]> => {
  if (!existsSync(join(dir, 'data.mdb'))) {
    throw new StoreError('unreadable-store', `There is no store in ${dir}.`)
  }
  const walked = await walkInChild(dir, { isOurs: true })
  // Somebody ended the process that read it, say: that is no damage.
  if (walked.type === 'unread') throw unreadable(dir, walked.why)
  if (walked.type === 'walked' && faultOf(walked.walk) === undefined) {
    const { rooms, rows } = walked.walk
    return [`The store in ${dir} is sound: rooms ${rooms}, rows ${rows}. Nothing was changed.`]
  }
  return reportOf(await salvageInChild(dir, { now: Date.now(), isBroken: false }))
}
