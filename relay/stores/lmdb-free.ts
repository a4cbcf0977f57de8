/**
 * Which pages LMDB's file has in use and which it calls free, read straight out of the file. LMDB believes its list of free pages:
 * one that is hit ends its commits, or lets it write over rows. Layout: see lmdb-pages.ts, and of the tree of free pages
 *
 *     branch     a node's number of 48 bits in place of size and flags is the page below it
 *     leaf       key: the commit that freed them, u64 · data: count:u64 · that many i64
 *                0: nothing · n: page n · -n: it and the next one are the n pages from that one on
 *
 * To be used where nobody writes, or while a reader holds LMDB's pages where they are.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { readMetas } from './lmdb-meta.ts'
import type { Meta } from './lmdb-meta.ts'
import type { Db } from './lmdb-read.ts'
import { FORMAT_KEY } from './lmdb-rows.ts'

const PAGE_HEADER = 24
const NODE_HEADER = 8
const NUMBER_BYTES = 8
const [BRANCH, LEAF] = [0x01, 0x02]
const KIND = 0x0f
const BIG = 0x01
const FIRST_PAGE = 2
const IS_LITTLE = endianness() === 'LE'

/** Runs it while this process is a reader of LMDB's: then no page that is in use by now is written anew. */
export function pinned<Result>(db: Db, run: () => Result): Result {
  db.resetReadTxn()
  db.getBinary(FORMAT_KEY)
  return run()
}

/** Of each page. */
const [UNKNOWN, IN_USE, FREE] = [0, 1, 2]

class PageFault extends Error {}

/**
 * What is wrong with the list of free pages, as the end of a sentence. `isThorough`: also whether one of them is in use by a row,
 * for which all of the rows' tree is read.
 */
export function faultOfFreePages(
  dir: string,
  { isThorough }: { readonly isThorough: boolean },
): string | undefined {
  const path = join(dir, 'data.mdb')
  const [meta] = readMetas(path).sound
  if (meta === undefined) return undefined
  const fd = openSync(path, 'r')
  try {
    const pages = new PageWalk(fd, meta)
    const lists: Buffer[] = []
    pages.walk(meta.freeRoot, 'its list of free pages', (data) => lists.push(data))
    if (isThorough) pages.walk(meta.rowsRoot, 'the tree of its rows', undefined)
    for (const list of lists) pages.free(list)
    return undefined
  } catch (error) {
    if (error instanceof PageFault) return error.message
    throw error
  } finally {
    closeSync(fd)
  }
}

class PageWalk {
  readonly #fd: number
  readonly #pageBytes: number
  readonly #states: Uint8Array

  constructor(fd: number, { pageBytes, lastPage }: Meta) {
    this.#fd = fd
    this.#pageBytes = pageBytes
    if (lastPage >= 2 ** 40) throw new PageFault(`it cannot have ${lastPage} pages`)
    this.#states = new Uint8Array(lastPage + 1)
  }

  /** Marks all pages of a tree; gives the data of its leaves, where it is asked for. */
  walk(root: number | undefined, tree: string, take: ((data: Buffer) => void) | undefined): void {
    const below: number[] = root === undefined ? [] : [root]
    for (let page = below.pop(); page !== undefined; page = below.pop()) {
      this.#use(page, 1, tree)
      const view = this.#read(page, tree)
      const kind = view.getUint16(18, IS_LITTLE) & KIND
      const isItself = view.getBigUint64(0, IS_LITTLE) === BigInt(page)
      if (!isItself || (kind !== BRANCH && kind !== LEAF)) {
        throw new PageFault(`page ${page} of ${tree} is none`)
      }
      for (const node of nodesOf(view, page, tree)) {
        if (kind === BRANCH) below.push(pageBelow(view, node))
        else this.#leafNode(view, node, tree, take)
      }
    }
  }

  /** Marks the pages of one list as free. */
  free(list: Buffer): void {
    const view = new DataView(list.buffer, list.byteOffset, list.length)
    const room = list.length / NUMBER_BYTES - 1
    const count = list.length < NUMBER_BYTES ? Infinity : Number(view.getBigUint64(0, IS_LITTLE))
    if (!(count <= room)) throw new PageFault('its list of free pages is longer than it can be')
    const entry = (at: number): number => Number(view.getBigInt64(at * NUMBER_BYTES, IS_LITTLE))
    for (let at = 1; at <= count; at++) {
      const number = entry(at)
      if (number > 0) this.#free(number, 1)
      else if (number < 0) this.#free(at < count ? entry(++at) : 0, -number)
    }
  }

  #free(first: number, count: number): void {
    const last = first + count - 1
    if (first < FIRST_PAGE || !(last < this.#states.length)) {
      throw new PageFault(
        `its list of free pages names page ${first < FIRST_PAGE ? first : last}, and there are ${this.#states.length}`,
      )
    }
    for (let page = first; page <= last; page++) {
      const state = this.#states[page]
      if (state === UNKNOWN) this.#states[page] = FREE
      else {
        const why = state === IN_USE ? 'which is in use' : 'and names it again'
        throw new PageFault(`its list of free pages names page ${page}, ${why}`)
      }
    }
  }

  #use(first: number, count: number, tree: string): void {
    const end = first + count
    if (first < FIRST_PAGE || !(end <= this.#states.length)) {
      const named = first < FIRST_PAGE ? first : end - 1
      throw new PageFault(`${tree} names page ${named}, and there are ${this.#states.length}`)
    }
    for (let page = first; page < end; page++) {
      if (this.#states[page] !== UNKNOWN) throw new PageFault(`${tree} names page ${page} twice`)
      this.#states[page] = IN_USE
    }
  }

  #read(page: number, tree: string): DataView {
    const bytes = Buffer.alloc(this.#pageBytes)
    const length = readSync(this.#fd, bytes, 0, bytes.length, page * this.#pageBytes)
    if (length < bytes.length) throw new PageFault(`page ${page} of ${tree} is missing`)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  #leafNode(
    view: DataView,
    node: number,
    tree: string,
    take: ((data: Buffer) => void) | undefined,
  ): void {
    const size = view.getUint32(node, IS_LITTLE)
    const from = node + NODE_HEADER + view.getUint16(node + 6, IS_LITTLE)
    const isBig = (view.getUint16(node + 4, IS_LITTLE) & BIG) !== 0
    if (from + (isBig ? 3 * NUMBER_BYTES : size) > view.byteLength) {
      throw new PageFault(`${tree} has an entry that ends beyond its page`)
    }
    if (!isBig) return take?.(Buffer.from(view.buffer, view.byteOffset + from, size))
    const first = Number(view.getBigUint64(from, IS_LITTLE))
    this.#use(first, Number(view.getBigUint64(from + 2 * NUMBER_BYTES, IS_LITTLE)), tree)
    if (take === undefined) return
    const data = Buffer.alloc(Math.min(size, this.#states.length * this.#pageBytes))
    readSync(this.#fd, data, 0, data.length, first * this.#pageBytes + PAGE_HEADER)
    take(data)
  }
}

/** Where the nodes of a page begin. */
function* nodesOf(view: DataView, page: number, tree: string): Generator<number> {
  const end = PAGE_HEADER + view.getUint16(20, IS_LITTLE)
  if (end > view.byteLength) throw new PageFault(`page ${page} of ${tree} is none`)
  for (let at = PAGE_HEADER; at + 2 <= end; at += 2) {
    const node = PAGE_HEADER + view.getUint16(at, IS_LITTLE)
    if (node + NODE_HEADER > view.byteLength) throw new PageFault(`page ${page} of ${tree} is none`)
    yield node
  }
}

/** 48 bits: the lower half first, in the order of the machine, and the flags above it. */
function pageBelow(view: DataView, node: number): number {
  return view.getUint32(node, IS_LITTLE) + view.getUint16(node + 4, IS_LITTLE) * 2 ** 32
}
