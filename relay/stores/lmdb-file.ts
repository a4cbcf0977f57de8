/**
 * The file under the store. LMDB trusts it: a foreign file ends the process by SIGSEGV on opening, a
 * truncated one by SIGBUS on reading. So it is looked at with plain reads before LMDB may touch it.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
} from 'node:fs'
import { openSync, rmSync, statSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { open } from 'lmdb'
import { LMDB_DATA_VERSION, readMetas } from './lmdb-meta.ts'
import { rowsInPages } from './lmdb-pages.ts'
import { FORMAT_KEY, FORMAT_VERSION, formatRow, isSealed, readFormat } from './lmdb-rows.ts'
import type { Db } from './lmdb-read.ts'
import { StoreError } from './store.ts'

/** Address space, not disk: the file has the size of what is in it, and LMDB raises this by itself. */
const FIRST_MAP_BYTES = 2 ** 30

const CLOSE_TIMEOUT_MS = 5_000

const OPTIONS = {
  noSubdir: false,
  keyEncoding: 'binary',
  encoding: 'binary',
  useVersions: true,
  maxDbs: 1,
  mapSize: FIRST_MAP_BYTES,
  permissionsMode: 0o600,
  // With the default (true) a reader sees a commit before it is synced, and keeps seeing it when the
  // sync fails; a power cut can then take acknowledged writes with it.
  overlappingSync: false,
  // Our own queue gathers a turn, and one `ifVersion` keeps it together. LMDB's own gathering makes a
  // promise that nobody can reach; when a commit fails, it would end the process as unhandled.
  eventTurnBatching: false,
} as const

export function openForWriting(dir: string): Db {
  return open<Buffer, Buffer>({ path: dir, ...OPTIONS })
}

/** For a folder that is none of a store's, see lmdb-beside.ts: it writes to LMDB's lock file there. */
export function openForReading(dir: string): Db {
  return open<Buffer, Buffer>({ path: dir, ...OPTIONS, readOnly: true })
}

/** Behind some failures LMDB's `close` never settles. */
export async function closeDb(db: Db): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new StoreError('must-restart', 'LMDB does not close; only a new process helps.')
    timer = setTimeout(() => reject(error), CLOSE_TIMEOUT_MS)
  })
  try {
    await Promise.race([db.close(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Makes the folder if need be, with its name on disk, and checks that we may write in it. */
export function prepareFolder(dir: string): void {
  try {
    const path = resolve(dir)
    const existing = makeFolder(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    if (existing !== path) syncFolders(path, existing)
  } catch (error) {
    throw new StoreError(
      'unwritable-folder',
      `The data folder ${dir} cannot be used: ${reason(error)}.`,
      error,
    )
  }
}

/**
 * Returns the folder that was there before: the path itself, or the nearest one above it. Not with
 * mkdir's `recursive`: in a file system that makes no folders (/proc) Node then never returns.
 */
function makeFolder(path: string): string {
  try {
    mkdirSync(path, { mode: 0o700 })
    return dirname(path)
  } catch (error) {
    if (isErrno(error) && error.code === 'EEXIST') return path
    if (!isErrno(error) || error.code !== 'ENOENT' || dirname(path) === path) throw error
  }
  if (existsSync(dirname(path))) throw new Error(`no folder can be made in ${dirname(path)}`)
  const existing = makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
  return existing
}

/** From `dir` up to `top`: a new file survives a power cut only when its folders' entries do. */
export function syncFolders(dir: string, top: string = dir): void {
  for (let folder = resolve(dir); ; folder = dirname(folder)) {
    if (process.platform !== 'win32') {
      const fd = openSync(folder, 'r')
      fsyncSync(fd)
      closeSync(fd)
    }
    if (folder === resolve(top) || folder === dirname(folder)) return
  }
}

/**
 * Puts a new `data.mdb` into the folder, which has none: made beside it and linked when it is on disk, so that a power cut
 * leaves all of it or nothing. LMDB itself writes and syncs in place, and half of its first two pages is no store any more.
 * A process that dies in here leaves a folder behind that nobody misses.
 */
export async function makeFile(dir: string): Promise<void> {
  const draft = mkdtempSync(join(dir, 'new-'))
  try {
    const db = openForWriting(draft)
    try {
      putFormat(db)
    } finally {
      await closeDb(db)
    }
    linkSync(join(draft, 'data.mdb'), join(dir, 'data.mdb'))
  } catch (error) {
    // Another process was first, or this file system knows no links: then LMDB makes it in its place.
    if (!isErrno(error) || error.syscall !== 'link') throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  syncFolders(dir)
}

export function putFormat(db: Db): void {
  const { key, value } = formatRow()
  db.putSync(key, value)
}

/**
 * `absent`: nothing there yet. `sound`: its first pages are LMDB's and all others are there. `short`: the
 * file ends before the last page that was ever given out. That may be harmless (a page that was given
 * out and freed within one commit is never written) or a truncated file: only reading it all tells.
 * `damaged`: its first pages are hit, and there are rows of ours behind them.
 */
export function inspectFile(dir: string): 'absent' | 'sound' | 'short' | 'damaged' {
  const path = join(dir, 'data.mdb')
  try {
    if (sizeOf(path) === 0) return 'absent'
    const { sound, isWhole, otherVersion, pageBytes } = readMetas(path)
    const [newest] = sound
    if (isWhole && newest !== undefined) {
      const size = sizeOf(path)
      return size < (newest.lastPage + 1) * newest.pageBytes ? 'short' : 'sound'
    }
    if (hasRowOfOurs(path, pageBytes)) return 'damaged'
    if (otherVersion === undefined) throw unreadable(dir, 'data.mdb is not a file of LMDB')
    throw unreadable(
      dir,
      `data.mdb has LMDB's data version ${otherVersion}, not ${LMDB_DATA_VERSION}`,
    )
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw unreadable(dir, `data.mdb cannot be opened: ${reason(error)}`, error)
  }
}

/** 0 where there is none. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch (error) {
    if (isErrno(error) && error.code === 'ENOENT') return 0
    throw error
  }
}

/** Whose it is where LMDB cannot be asked: a row of ours carries its checksum. */
function hasRowOfOurs(path: string, pageBytes: number): boolean {
  for (const { key, value } of rowsInPages(path, pageBytes)) if (isSealed(key, value)) return true
  return false
}

/** Tells a file from another one that has its name later. */
export function fileIdentity(dir: string): string | undefined {
  try {
    const { dev, ino } = statSync(join(dir, 'data.mdb'), { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}

/**
 * What its first pages say. Where one is hit it may have been that of the latest commit, which is one more than the other's;
 * where both are, nobody knows the last one.
 */
export function pageFigures(path: string): {
  readonly pageBytes: number
  readonly lastTransaction: number
} {
  const { pageBytes, sound, isWhole } = readMetas(path)
  const [latest, before] = sound
  if (isWhole && latest !== undefined) return { pageBytes, lastTransaction: latest.transaction }
  const isOneHit = latest !== undefined && before === undefined
  return { pageBytes, lastTransaction: isOneHit ? latest.transaction + 1 : Infinity }
}

/** Returns false for a database without a single row: one that we were killed in making. */
export function checkFormat(db: Db, dir: string): boolean {
  const value = db.getBinary(FORMAT_KEY)
  if (value) {
    const version = readFormat(value)
    if (version === FORMAT_VERSION) return true
    throw new StoreError(
      'newer-store',
      `The store in ${dir} has format ${version}; this version of Holdfast knows format ${FORMAT_VERSION}: use a newer one.`,
    )
  }
  if ([...db.getKeys({ limit: 1 })].length === 0) return false
  throw unreadable(dir, 'data.mdb is a database of another program')
}

/** What is said of a file whose first pages are hit. */
export const FIRST_PAGES_HIT = 'its first pages, from which all others are found, are damaged'

/** Of a file of ours that is damaged, and what helps. */
export function damagedFile(dir: string, why: string): StoreError {
  const help = `\`holdfast salvage --data ${dir}\` brings back what can be read of it`
  return new StoreError('unreadable-store', `The store in ${dir} is damaged: ${why}. ${help}.`)
}

export function unreadable(dir: string, why: string, cause?: unknown): StoreError {
  return new StoreError('unreadable-store', `The store in ${dir} cannot be read: ${why}.`, cause)
}

/**
 * Why LMDB must not even try, where less than that is free. Without space its lock file, which it writes through a mapping, ends
 * the process by SIGBUS; and a page that it cannot write may do so too, see {@link isOverrun}.
 */
export function whyFull(dir: string, neededBytes: number): StoreError | undefined {
  const { freeBytes, isKnown } = spaceOf(dir)
  if (!isKnown || freeBytes >= neededBytes) return undefined
  return new StoreError('disk-full', `The disk of ${dir} is full: nothing can be stored there.`)
}

/** What has to be free for a commit. So much is left over that a relay which is started anew can begin. */
export function neededFor(commitBytes: number): number {
  return 2 * commitBytes + 2 * START_BYTES
}

/**
 * Of a page that it cannot write, LMDB 3.5 makes a sentence of up to 120 bytes in 100 bytes of the heap. Then nothing in this
 * process can be relied on any more.
 */
export function isOverrun(error: unknown): boolean {
  const message = reason(error)
  const at = message.indexOf('Attempting to write page')
  return at !== -1 && message.length - at >= 100
}

/** LMDB reports a full disk as an input/output error; the file system knows better. */
export function explainCommitError(dir: string, error: unknown, commitBytes: number): StoreError {
  if (spaceOf(dir).freeBytes < 2 * commitBytes + SPARE_BYTES) {
    const message = `The disk of ${dir} is full: nothing of this was stored.`
    return new StoreError('disk-full', message, error)
  }
  return new StoreError('commit-failed', `The disk of ${dir} failed: ${reason(error)}.`, error)
}

/** Some file systems (of FUSE, say) tell no size at all; others may not answer: neither has failed for want of space. */
function spaceOf(dir: string): { readonly freeBytes: number; readonly isKnown: boolean } {
  try {
    const { bavail, bsize, blocks } = statfsSync(dir)
    return { freeBytes: bavail * bsize, isKnown: blocks > 0 }
  } catch {
    return { freeBytes: Infinity, isKnown: false }
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What a small commit may need besides its rows: copies of the tree's pages. */
const SPARE_BYTES = 2 ** 20
/** A new store with its lock file has 28 KiB. */
export const START_BYTES: number = 2 ** 16

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
