/**
 * A store that LMDB cannot read through is set aside, and what can be read of it takes its place: a room that nobody has open
 * has no other copy.
 */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import {
  closeDb,
  openForWriting,
  pageFigures,
  putFormat,
  syncFolders,
  unreadable,
} from './lmdb-file.ts'
import { Gathering } from './lmdb-gather.ts'
import type { GatheredRoom } from './lmdb-gather.ts'
import { rowsInPages } from './lmdb-pages.ts'
import type { Db } from './lmdb-read.ts'
import { FORMAT_VERSION } from './lmdb-rows.ts'
import { StoreError } from './store.ts'

export type Salvage = {
  /** Rooms of which all that was found fits together. */
  readonly whole: number
  /** Rooms of which something is missing, and what was kept of them. */
  readonly cut: readonly GatheredRoom[]
  /** The folder where the damaged file is kept. */
  readonly aside: string
}

const DRAFT = 'salvage-'
const TRANSACTION_BYTES = 2 ** 22

/**
 * Rejects with `disk-full` where there is no space for the copy, with `in-use`, with `newer-store`, or with `unreadable-store`
 * where it is no store of ours: the file is untouched then. `now`: wall clock in ms, for the name of the folder that keeps the
 * damaged file. `isBroken`: LMDB could not read it, so that nothing of ours in it does not mean that it never was.
 */
export async function salvage(
  dir: string,
  { now, isBroken }: { readonly now: number; readonly isBroken: boolean },
): Promise<Salvage> {
  for (const name of readdirSync(dir)) {
    if (name.startsWith(DRAFT)) rmSync(join(dir, name), { recursive: true, force: true })
  }
  checkSpace(dir)
  const draft = mkdtempSync(join(dir, DRAFT))
  try {
    const rooms = await copyRows(join(dir, 'data.mdb'), draft, isBroken)
    const aside = setAside(dir, draft, now)
    const cut = rooms.filter(({ through, seen }) => through < seen)
    return { whole: rooms.length - cut.length, cut, aside }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function checkSpace(dir: string): void {
  const { size } = statSync(join(dir, 'data.mdb'))
  const { bavail, bsize, blocks } = statfsSync(dir)
  if (blocks === 0 || bavail * bsize > size) return
  throw new StoreError(
    'disk-full',
    `The store in ${dir} is damaged, and what can be read of it needs ${size} bytes to be copied: make space, and start again.`,
  )
}

/** Reads the file twice: which rows are right is known only when all were seen. */
async function copyRows(
  path: string,
  draft: string,
  isBroken: boolean,
): Promise<readonly GatheredRoom[]> {
  const { pageBytes, lastTransaction } = pageFigures(path)
  const gathering = new Gathering(lastTransaction)
  for (const row of rowsInPages(path, pageBytes)) gathering.take(row)
  checkOurs(path, gathering, isBroken)
  const rooms = gathering.rooms()
  const to = openForWriting(draft)
  try {
    putFormat(to)
    let rows: Row[] = []
    let bytes = 0
    for (const row of rowsInPages(path, pageBytes)) {
      if (!gathering.isWanted(row)) continue
      rows.push(row)
      bytes += row.value.length
      if (bytes < TRANSACTION_BYTES) continue
      putAll(to, rows)
      rows = []
      bytes = 0
    }
    putAll(to, rows)
  } finally {
    await closeDb(to)
  }
  return rooms
}

/** LMDB cannot be asked whose file it is: the rows can. */
function checkOurs(path: string, { format, writer, isEmpty }: Gathering, isBroken: boolean): void {
  const dir = dirname(path)
  if (format !== undefined && format !== FORMAT_VERSION) {
    throw new StoreError(
      'newer-store',
      `The store in ${dir} has format ${format}; this version knows ${FORMAT_VERSION}.`,
    )
  }
  if (writer !== undefined) {
    throw new StoreError('in-use', `The store in ${dir} is in use by process ${writer}.`)
  }
  if (isBroken || !isEmpty || format !== undefined) return
  throw unreadable(dir, 'it has not one row of ours')
}

type Row = { readonly key: Buffer; readonly value: Buffer }

const putAll = (to: Db, rows: readonly Row[]): void =>
  to.transactionSync(() => {
    for (const { key, value } of rows) void to.put(key, value)
  })

/** By a link and one renaming, so that a power cut leaves the old file in its place or the new one. */
function setAside(dir: string, draft: string, now: number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')
  const aside = join(dir, `damaged-${stamp}`)
  mkdirSync(aside, { mode: 0o700 })
  linkSync(join(dir, 'data.mdb'), join(aside, 'data.mdb'))
  syncFolders(aside)
  renameSync(join(draft, 'data.mdb'), join(dir, 'data.mdb'))
  syncFolders(dir)
  return aside
}
