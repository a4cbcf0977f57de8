/**
 * Rows read straight out of the pages of LMDB's file, wherever they lie and whatever has become of the tree over them. Layout:
 * `MDB_page_header`, `MDB_node` and `MDB_ovpage` in mdb.c of the LMDB that the package lmdb 3.5 brings (64 bit):
 *
 *     page       pgno:u64 · txnid:u64 · pad:u16 · flags:u16 · lower:u16 · upper:u16 · pointers:u16 each, from byte 24 on
 *     node       size:u32 · flags:u16 · keySize:u16 · key · data         (a pointer counts from byte 24 of its page)
 *     data       version:f64 · value, or, if it is big, pgno:u64 · txnid:u64 · pages:u64 of where it lies behind a page's header
 *
 * Numbers have the byte order of the machine. What is read this way is to be believed only for its checksum.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'

export type FoundRow = {
  readonly key: Buffer
  readonly value: Buffer
  /** The transaction that wrote the page. A page that is free again still has its old rows. */
  readonly transaction: number
}

const PAGE_HEADER = 24
const NODE_HEADER = 8
const VERSION_BYTES = 8
const LEAF = 0x02
const BIG = 0x01
const LINK_BYTES = 24
/** No value of ours is larger: a batch is at most some entries, a snapshot some hundred megabytes. */
const MOST_VALUE_BYTES = 2 ** 30
const IS_LITTLE = endianness() === 'LE'

/** Every row of every leaf page of the file, in the order of the pages: rows of today, of long ago, and what only looks like one. */
export function* rowsInPages(path: string, pageBytes: number): Generator<FoundRow> {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const page = Buffer.alloc(pageBytes)
    for (let at = 0; at < size; at += pageBytes) {
      const length = readSync(fd, page, 0, pageBytes, at)
      if (length === pageBytes) yield* rowsOfPage(fd, size, page)
    }
  } finally {
    closeSync(fd)
  }
}

function* rowsOfPage(fd: number, fileBytes: number, page: Buffer): Generator<FoundRow> {
  const view = new DataView(page.buffer, page.byteOffset, page.length)
  if (view.getUint16(18, IS_LITTLE) !== LEAF) return
  const transaction = Number(view.getBigUint64(8, IS_LITTLE))
  const pointersEnd = PAGE_HEADER + view.getUint16(20, IS_LITTLE)
  for (let at = PAGE_HEADER; at < pointersEnd && at + 2 <= page.length; at += 2) {
    const node = PAGE_HEADER + view.getUint16(at, IS_LITTLE)
    if (node + NODE_HEADER > page.length) continue
    const keyEnd = node + NODE_HEADER + view.getUint16(node + 6, IS_LITTLE)
    const size = view.getUint32(node, IS_LITTLE)
    const isBig = (view.getUint16(node + 4, IS_LITTLE) & BIG) !== 0
    if (keyEnd > page.length || size < VERSION_BYTES) continue
    const key = Buffer.from(page.subarray(node + NODE_HEADER, keyEnd))
    const value = isBig
      ? keyEnd + LINK_BYTES <= page.length
        ? bigValue(fd, fileBytes, page.length, Number(view.getBigUint64(keyEnd, IS_LITTLE)), size)
        : undefined
      : Buffer.from(page.subarray(keyEnd + VERSION_BYTES, keyEnd + size))
    if (value !== undefined) yield { key, value, transaction }
  }
}

function bigValue(
  fd: number,
  fileBytes: number,
  pageBytes: number,
  page: number,
  size: number,
): Buffer | undefined {
  const from = page * pageBytes + PAGE_HEADER + VERSION_BYTES
  const length = size - VERSION_BYTES
  if (length > MOST_VALUE_BYTES || from + length > fileBytes) return undefined
  const value = Buffer.alloc(length)
  return readSync(fd, value, 0, length, from) === length ? value : undefined
}
