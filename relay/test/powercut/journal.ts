/** Reads what `recorder.c` wrote: everything that reached the file of the store, and every promise, in one order. */
import type { Operation } from './operations.ts'

/** A journal is a list of events; a moment is a number of them that have happened. */
export type Journal = {
  readonly events: number
  readonly writes: readonly Write[]
  readonly syncs: readonly Span[]
  /** The moment from which on there may be a file of the store's name. */
  readonly namedAt: number
  /** Moments behind which the names in the store's folder are on disk. */
  readonly folderSyncs: readonly number[]
  readonly asked: readonly { readonly at: number; readonly operation: Operation }[]
  /** By the operation's number, from 1. */
  readonly ackedAt: ReadonlyMap<number, number>
}

/** `end` is Infinity where the recording ended before the call did. */
export type Span = { readonly begin: number; readonly end: number }

export type Write = Span & {
  readonly at: number
  readonly bytes: Buffer
  /** Durable when it returns. */
  readonly isSynced: boolean
}

const HEAD_BYTES = 48
const TYPES = [
  'none',
  'write-begin',
  'write-end',
  'sync-begin',
  'sync-end',
  'mark',
  'folder-synced',
  'named',
  'alarm',
] as const

const SYNCED_BY_ITSELF = 1
const IN_ITS_PLACE = 2

type Open = { -readonly [Key in keyof Write]: Write[Key] }

class Reader {
  readonly writes: Open[] = []
  readonly syncs: { begin: number; end: number }[] = []
  readonly folderSyncs: number[] = []
  readonly asked: { at: number; operation: Operation }[] = []
  readonly ackedAt = new Map<number, number>()
  readonly #calls = new Map<bigint, { end: number; bytes?: Buffer }>()
  events = 0
  namedAt = Infinity

  take(head: Buffer, data: Buffer): void {
    const type = TYPES[head.readUInt32LE(0)]
    const call = head.readBigUInt64LE(8)
    const result = Number(head.readBigInt64LE(32))
    const begin = ++this.events
    switch (type) {
      case 'write-begin': {
        const at = Number(head.readBigUInt64LE(16))
        const flags = head.readUInt32LE(4)
        const isSynced = (flags & SYNCED_BY_ITSELF) !== 0
        if ((flags & IN_ITS_PLACE) !== 0) this.#named(begin)
        const write = { begin, end: Infinity, at, bytes: data, isSynced }
        this.writes.push(write)
        this.#calls.set(call, write)
        return
      }
      case 'sync-begin': {
        const sync = { begin, end: Infinity }
        this.syncs.push(sync)
        this.#calls.set(call, sync)
        return
      }
      case 'write-end':
      case 'sync-end': {
        const span = this.#calls.get(call)!
        const wanted = span.bytes?.length ?? 0
        if (result !== wanted)
          throw new Error(`the disk of the recording failed: ${type} ${result}`)
        span.end = begin
        return
      }
      case 'mark':
        return this.#mark(begin, data.toString())
      case 'named':
        return this.#named(begin)
      case 'folder-synced':
        this.folderSyncs.push(begin)
        return
      default:
        throw new Error(`the recording cannot be relied on: ${data.toString() || type}`)
    }
  }

  #named(at: number): void {
    this.namedAt = Math.min(this.namedAt, at)
  }

  #mark(at: number, line: string): void {
    const { asked, acked } = JSON.parse(line) as { asked?: Operation; acked?: number }
    if (asked !== undefined) this.asked.push({ at, operation: asked })
    if (acked !== undefined) this.ackedAt.set(acked, at)
  }
}

/** Throws where the witness saw something that it cannot speak for. */
export const readJournal = (bytes: Buffer): Journal => {
  const reader = new Reader()
  for (let at = 0; at < bytes.length;) {
    const head = bytes.subarray(at, at + HEAD_BYTES)
    const size = Number(head.readBigUInt64LE(24))
    reader.take(head, bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + size))
    at += HEAD_BYTES + size
  }
  return reader
}
