import assert from 'node:assert/strict'
import * as Y from 'yjs'
import { decodeBatch, encodeEntry, encodeEvent, hashEntry } from '../../protocol/index.ts'
import type { AppendedEntry, Batch, LogRecord } from '../../protocol/index.ts'
import { compact } from '../jobs/kinds/compact.ts'
import type { MakeRoomJobs } from '../room-jobs.ts'
import type { MemoryDisk } from '../stores/memory-store.ts'
import type { Bench, Peer } from './core-bench.ts'

/** The job itself, without a process around it. */
export const jobsHere: MakeRoomJobs = () => ({
  run: async ({ input, pages }) => {
    const work = compact(input as never)
    for await (const page of pages ?? []) await work.take(page)
    return work.finish() as never
  },
  figures: () => ({ waiting: 0, running: 0, processes: 0 }),
  stop: async () => undefined,
  release: () => false,
  refusedRooms: () => 0,
})

export const entryOf = (kind: 'update' | 'event', body: Uint8Array): AppendedEntry => {
  const bytes = encodeEntry({ kind, origin: undefined, body })
  return { hash: hashEntry(bytes), bytes, seal: undefined }
}

/** Types a letter, deletes an earlier one now and then, and says something every tenth time. */
export class Typist {
  readonly doc = new Y.Doc()
  readonly sent: AppendedEntry[] = []
  #written = new Uint8Array()

  constructor() {
    this.doc.clientID = 9
    this.doc.on('update', (bytes: Uint8Array) => (this.#written = bytes as Uint8Array<ArrayBuffer>))
  }

  next(): AppendedEntry {
    const text = this.doc.getText('t')
    const n = this.sent.length + 1
    if (n % 10 === 0) return this.#say(n)
    if (n % 3 === 0 && text.length > 10) text.delete(0, 1)
    else text.insert(text.length, String.fromCodePoint(97 + (n % 26)))
    return this.#note(entryOf('update', this.#written))
  }

  #say(n: number): AppendedEntry {
    return this.#note(entryOf('event', encodeEvent({ name: 'said', payload: n })))
  }

  #note(entry: AppendedEntry): AppendedEntry {
    this.sent.push(entry)
    return entry
  }
}

export const stored = (disk: MemoryDisk): Batch[] =>
  disk.rooms.get('room')!.batches.map(({ bytes }) => {
    const batch = decodeBatch(bytes)
    assert.ok(typeof batch !== 'string')
    return batch
  })

export const readAll = async (one: Bench): Promise<Peer> => {
  const reader = one.peer().hello().join().pull(0)
  for (let count = 1; ; count++) {
    const { through, head } = await reader.got('page', count)
    if (through === head) return reader
    reader.pull(through)
  }
}

export const shown = (records: readonly LogRecord[]): { text: string; said: number[] } => {
  const doc = new Y.Doc()
  const said: number[] = []
  for (const { entry, offset } of records) {
    if (entry.kind === 'update') Y.applyUpdate(doc, entry.body)
    if (entry.kind === 'event') said.push(offset)
  }
  return { text: doc.getText('t').toJSON(), said }
}
