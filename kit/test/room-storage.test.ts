import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashEntry } from '../../protocol/index.ts'
import type { Author, Epoch, RoomName } from '../../protocol/index.ts'
import { MemoryStorage } from '../adapters/memory-storage.ts'
import type { KeptBatch, KeptRoom, OutboxRow, Storage } from '../ports.ts'
import { RoomStorage } from '../room-storage.ts'

const row = (seq: number, more: Partial<OutboxRow> = {}): OutboxRow => {
  const bytes = new Uint8Array([seq])
  const author = 'a'.repeat(32) as Author
  const proof = new Uint8Array([1])
  const hash = hashEntry(bytes)
  return { author, seq, order: seq, user: 'ann', proof, bytes, hash, mintedAtMs: 0, ...more }
}

/** Tells its length, and cannot be read. */
const unread = new Proxy(new Uint8Array(), {
  get: (_, name) => {
    if (name === 'length') return 10
    throw new Error('it is read')
  },
})

const batch: KeptBatch = { epoch: 'e'.repeat(32) as Epoch, first: 1, last: 1, bytes: unread }

/** A disk with this in each room. */
const diskWith = (kept: Partial<KeptRoom>): Storage => {
  const storage = new MemoryStorage()
  const nothing = { base: undefined, batches: [], rows: [], rejected: [], receiptKey: undefined }
  storage.load = (_, done) => done({ ok: true, value: { ...nothing, ...kept } })
  return storage
}

test('O5: who looks for rows gets those that are wanted, sound and the user’s; neither others nor the log are read', (t) => {
  const rows = [
    row(1, { bytes: unread }),
    row(2),
    row(3, { hash: hashEntry(new Uint8Array([9])) }),
    row(4, { user: 'ben' }),
    row(5),
  ]
  const storage = new RoomStorage(diskWith({ rows, batches: [batch] }), 'notes' as RoomName, 'ann')
  const done = t.mock.fn<(found: readonly OutboxRow[], isComplete: boolean) => void>()
  storage.rows(({ seq }) => seq > 1, done)
  assert.deepEqual(
    done.mock.calls.map(({ arguments: [found, isComplete] }) => [
      found.map(({ seq }) => seq),
      isComplete,
    ]),
    [[[2, 5], true]],
  )
  // The same disk, read as a whole: what cannot be read is noticed.
  assert.throws(() => storage.load(() => {}), /it is read/)
})
