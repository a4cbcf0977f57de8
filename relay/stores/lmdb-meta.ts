/**
 * The first two pages of LMDB's file. Each holds where everything is as of one commit: the roots of the tree of rows and of the
 * tree of free pages. The commit of an even number writes the first of them, that of an odd number the second, so that there are
 * always the last two. LMDB has no checksum for them, and believes the second one without a look; what is known of them is asked here.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { endianness } from 'node:os'

export type Meta = {
  readonly version: number
  readonly pageBytes: number
  /** The last page that was ever given out. */
  readonly lastPage: number
  readonly transaction: number
  /** Undefined where the tree is empty. */
  readonly freeRoot: number | undefined
  readonly rowsRoot: number | undefined
}

export type Metas = {
  /** Where neither tells, what LMDB makes on a machine with pages of 4 KiB. */
  readonly pageBytes: number
  /** Those that can be believed; that of the later commit first. */
  readonly sound: readonly Meta[]
  /** Whether both are there and are those of two commits that follow each other. */
  readonly isWhole: boolean
  /** Where none can be believed, but one says that it is of another version of LMDB's files. */
  readonly otherVersion: number | undefined
}

export const LMDB_DATA_VERSION = 2
const LMDB_MAGIC = 0xbeefc0de
/** Where the second one may be: behind one page of a size that systems have. */
const USUAL_PAGE_BYTES = 4096
const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536]
/** Offsets in a meta page of a 64-bit LMDB, counted from the page's begin. */
const META = {
  ...{ magic: 24, version: 28, pageBytes: 48, freeRoot: 88, rowsRoot: 136 },
  ...{ lastPage: 144, transaction: 152, end: 160 },
}
/** Where it is in the lock file of a 64-bit LMDB (`MDB_txbody`). */
const LOCK_TRANSACTION = 8
const NO_ROOT = 2n ** 64n - 1n
/** Beside a writer that commits between two reads the pages may not fit each other; the next look finds them in order. */
const LOOKS = 5

export function readMetas(path: string): Metas {
  const fd = openSync(path, 'r')
  try {
    let metas = metasIn(fd)
    for (let look = 1; look < LOOKS && !metas.isWhole && metas.sound.length > 0; look++) {
      metas = metasIn(fd)
    }
    return metas
  } finally {
    closeSync(fd)
  }
}

/**
 * LMDB's lock file in the process that has it open as well. To be closed behind LMDB and not before: to close any file takes all
 * locks away that its process has on that file, LMDB's too, and then the next one to open it takes the store for its own.
 */
export class LockFile {
  readonly #fd: number

  constructor(path: string) {
    this.#fd = openSync(path, 'r')
  }

  /** The number of the latest commit that its writer has finished; the first pages tell of one before it is synced. */
  latestCommit(): number {
    const number = new DataView(new ArrayBuffer(8))
    readSync(this.#fd, number, 0, 8, LOCK_TRANSACTION)
    return Number(number.getBigUint64(0, endianness() === 'LE'))
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Lets who uses this lock file, which is no store's, read as of this commit, while its page is there. */
export function setLatestCommit(lockPath: string, commit: number): void {
  const fd = openSync(lockPath, 'r+')
  try {
    const number = new DataView(new ArrayBuffer(8))
    number.setBigUint64(0, BigInt(commit), endianness() === 'LE')
    writeSync(fd, number, 0, 8, LOCK_TRANSACTION)
  } finally {
    closeSync(fd)
  }
}

function metasIn(fd: number): Metas {
  const first = readMeta(fd, 0)
  const sizes = first === undefined ? PAGE_SIZES : [first.pageBytes]
  const second = sizes
    .map((bytes) => readMeta(fd, bytes))
    .find((meta, at) => meta?.pageBytes === sizes[at])
  const sound = [first, second]
    .filter((meta, page) => meta !== undefined && isOfPage(meta, page))
    .toSorted((one, other) => other!.transaction - one!.transaction) as Meta[]
  const [latest, before] = sound
  const isWhole =
    latest !== undefined &&
    before !== undefined &&
    (latest.transaction === before.transaction + 1 || latest.transaction === 0)
  const pageBytes = latest?.pageBytes ?? USUAL_PAGE_BYTES
  return {
    pageBytes,
    sound,
    isWhole,
    otherVersion: latest === undefined ? first?.version : undefined,
  }
}

/** No commit writes another one there. */
const isOfPage = ({ version, transaction }: Meta, page: number): boolean =>
  version === LMDB_DATA_VERSION && (transaction === 0 || transaction % 2 === page)

/** Undefined where it is no meta page. */
function readMeta(fd: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(META.end)
  if (readSync(fd, bytes, 0, META.end, at) < META.end) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isLittle = endianness() === 'LE'
  const pageBytes = view.getUint32(META.pageBytes, isLittle)
  if (view.getUint32(META.magic, isLittle) !== LMDB_MAGIC) return undefined
  if (!PAGE_SIZES.includes(pageBytes)) return undefined
  const rootAt = (offset: number): number | undefined => {
    const root = view.getBigUint64(offset, isLittle)
    return root === NO_ROOT ? undefined : Number(root)
  }
  return {
    version: view.getUint32(META.version, isLittle),
    pageBytes,
    lastPage: Number(view.getBigUint64(META.lastPage, isLittle)),
    transaction: Number(view.getBigUint64(META.transaction, isLittle)),
    freeRoot: rootAt(META.freeRoot),
    rowsRoot: rootAt(META.rowsRoot),
  }
}
