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
import { START_BYTES, openForReading, reason, unreadable, whyFull } from './lmdb-file.ts'
import { readMetas, setLatestCommit } from './lmdb-meta.ts'
import type { Db } from './lmdb-read.ts'
import { StoreError } from './store.ts'
import { askToKeep } from './writer-door.ts'
import type { Kept } from './writer-door.ts'

const FINISH_MS = 120_000
const LOOK_MS = 5
/** LMDB's own codes lie below. */
const LAST_ERRNO = -30_000

/** Pages may have been written over while they were read: then nothing that was read means anything, a fault least of all. */
export class WrittenMeanwhile extends StoreError {
  constructor(dir: string) {
    const sentence = `The store in ${dir} cannot be read: it was written to meanwhile: read it again.`
    super('unreadable-store', sentence)
  }
}

type Read<Result> = (db: Db, checkSteady: () => Promise<void>) => Result | Promise<Result>

/**
 * What `read` gives, or throws, of the store as it is by now; where its writer keeps the pages, as far as it is on disk. Rejects
 * with {@link WrittenMeanwhile} where nobody kept them and they were written to, as `checkSteady` does before the end; and with
 * other errors of code `unreadable-store` or `disk-full` where it cannot be read at all. The file must be there and be LMDB's, see
 * `checkFile`. Who awaits something in `read` goes on in a transaction of its own (`useReadTransaction`).
 */
export async function readBeside<Result>(dir: string, read: Read<Result>): Promise<Result> {
  const kept = await askToKeep(dir)
  try {
    const asOf = kept?.commit ?? latestCommit(dir)
    const checkSteady = async (): Promise<void> => {
      const isSteady = kept ? await isOnDisk(dir, asOf, kept) : latestCommit(dir) === asOf
      if (!isSteady) throw new WrittenMeanwhile(dir)
    }
    // What was thrown may be the fault of pages that were written over: it waits for the answer as well.
    const [outcome] = await Promise.allSettled([
      alone(() => inOwnFolder(dir, asOf, (db) => read(db, checkSteady))),
    ])
    await checkSteady()
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  } finally {
    kept?.close()
  }
}

let last: Promise<unknown> = Promise.resolve()

/** One after the other: a second reading of a file would get what is open for the first one, and see no more than that. */
function alone<Result>(run: () => Promise<Result>): Promise<Result> {
  const turn = last.then(run)
  // Who asked for it hears how it ended; the next one only that it did.
  last = turn.catch(() => {})
  return turn
}

async function inOwnFolder<Result>(
  dir: string,
  asOf: number,
  read: (db: Db) => Result | Promise<Result>,
): Promise<Result> {
  const own = ownFolder(dir)
  try {
    const db = openIn(own, dir, asOf)
    try {
      return await read(db)
    } finally {
      await db.close()
    }
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/** In the store's own folder only where there is no other place. */
function ownFolder(dir: string): string {
  let why = ''
  for (const place of [tmpdir(), dir]) {
    try {
      // LMDB writes its lock file through a mapping: on a full disk that ends the process.
      const full = whyFull(place, START_BYTES)
      if (full === undefined) return mkdtempSync(join(place, 'holdfast-reads-'))
      why = full.message
    } catch (error) {
      why = reason(error)
    }
  }
  throw unreadable(dir, `no folder can be made to read it by: ${why.replace(/\.$/, '')}`)
}

function openIn(own: string, dir: string, asOf: number): Db {
  try {
    nameIn(own, resolve(dir, 'data.mdb'))
    const db = openForReading(own)
    const lock = join(own, 'lock.mdb')
    // LMDB opens a file once in a process: where the writer is this one, it gives its own out, and makes no lock file.
    if (existsSync(lock)) setLatestCommit(lock, asOf)
    db.resetReadTxn()
    return db
  } catch (error) {
    // What LMDB says of the file is another thing than what the system says of us.
    const { code } = error as { readonly code?: unknown }
    if (typeof code === 'number' && code < LAST_ERRNO) throw error
    throw unreadable(dir, reason(error), error)
  }
}

/** Where no symbolic link can be made it takes a second name, which only the same disk can have. */
function nameIn(folder: string, file: string): void {
  const name = join(folder, 'data.mdb')
  try {
    symlinkSync(file, name)
  } catch (error) {
    try {
      linkSync(file, name)
    } catch {
      throw error
    }
  }
}

/**
 * What was read is what the first page of that commit says, or of a later one that has its place by now: whether the writer has
 * finished that too. False where pages were not kept, or it fails.
 */
async function isOnDisk(dir: string, asOf: number, kept: Kept): Promise<boolean> {
  const { sound } = readMetas(join(dir, 'data.mdb'))
  const seen = sound.find(({ transaction }) => transaction % 2 === asOf % 2)?.transaction ?? 0
  const end = Date.now() + FINISH_MS
  while (Date.now() < end) {
    const commit = await kept.latest()
    if (commit === undefined) return false
    if (commit >= seen) return true
    await setTimeout(LOOK_MS)
  }
  return false
}

function latestCommit(dir: string): number {
  try {
    return readMetas(join(dir, 'data.mdb')).sound[0]?.transaction ?? 0
  } catch (error) {
    throw unreadable(dir, reason(error), error)
  }
}
