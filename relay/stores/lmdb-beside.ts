/**
 * Reading a store of which another process may be the writer.
 *
 * Who opens LMDB 3.5.6 in a folder writes there, read-only or not: it sets the number of the latest commit, which all processes
 * share, to what it read a moment before (`mdb_env_open2`; OpenLDAP's ITS#9496). A commit that the writer made meanwhile is
 * gone, synced and acked, since the next one builds on that number. So LMDB is opened in the store's folder by the writer alone.
 * All others open the same file under a folder of their own, with a table of readers that is theirs, and have the writer
 * leave the pages that they read as they are (writer-door.ts).
 */
import { existsSync, linkSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openForReading, unreadable } from './lmdb-file.ts'
import { finishedCommit, readMetas, setFinishedCommit } from './lmdb-meta.ts'
import type { Db } from './lmdb-read.ts'
import { askToKeep } from './writer-door.ts'
import type { Kept } from './writer-door.ts'

const FINISH_MS = 5_000
const LOOK_MS = 5

/**
 * What `read` gives, or throws, of the store as it is by now, as far as it is on disk. Rejects with `unreadable-store` where the
 * file was written to while nobody kept its pages: then nothing that was read means anything, a fault least of all. The file must
 * be there and be LMDB's, see `checkFile`.
 */
export async function readBeside<Result>(dir: string, read: (db: Db) => Result): Promise<Result> {
  const kept = await askToKeep(dir)
  try {
    const asOf = kept ? finishedCommit(join(dir, 'lock.mdb')) : latestCommit(dir)
    // What was thrown may be the fault of pages that were written over: it waits for the answer as well.
    const [outcome] = await Promise.allSettled([alone(() => inOwnFolder(dir, asOf, read))])
    const isSteady = kept ? await isOnDisk(dir, asOf, kept) : latestCommit(dir) === asOf
    if (!isSteady) throw unreadable(dir, 'it was written to meanwhile: read it again')
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  } finally {
    kept?.close()
  }
}

let latest: Promise<unknown> = Promise.resolve()

/** One after the other: a second reading of a file would get what is open for the first one, and see no more than that. */
function alone<Result>(run: () => Promise<Result>): Promise<Result> {
  const turn = latest.then(run)
  latest = turn.catch(() => {})
  return turn
}

async function inOwnFolder<Result>(
  dir: string,
  asOf: number,
  read: (db: Db) => Result,
): Promise<Result> {
  const own = mkdtempSync(join(tmpdir(), 'holdfast-reads-'))
  try {
    nameIn(own, resolve(dir, 'data.mdb'))
    const db = openForReading(own)
    try {
      const lock = join(own, 'lock.mdb')
      // LMDB opens a file once in a process: where the writer is this one, it gives its own out, and makes no lock file.
      if (existsSync(lock)) setFinishedCommit(lock, asOf)
      db.resetReadTxn()
      return read(db)
    } finally {
      await db.close()
    }
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/**
 * What was read is what the first page of that commit says, or of a later one that has its place by now: whether the writer has
 * finished that too. False where that fails, or takes too long.
 */
async function isOnDisk(dir: string, asOf: number, kept: Kept): Promise<boolean> {
  const { sound } = readMetas(join(dir, 'data.mdb'))
  const seen = sound.find(({ transaction }) => transaction % 2 === asOf % 2)?.transaction ?? 0
  const end = Date.now() + FINISH_MS
  while (finishedCommit(join(dir, 'lock.mdb')) < seen) {
    if (Date.now() > end) return false
    await setTimeout(LOOK_MS)
  }
  return kept.isKept()
}

/** Without the right to make a symbolic link (on Windows, say) it takes a second name, which only the same disk can have. */
function nameIn(folder: string, file: string): void {
  try {
    symlinkSync(file, join(folder, 'data.mdb'))
  } catch {
    linkSync(file, join(folder, 'data.mdb'))
  }
}

function latestCommit(dir: string): number {
  return readMetas(join(dir, 'data.mdb')).sound[0]?.transaction ?? 0
}
