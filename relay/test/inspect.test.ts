import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  RoomSequencer,
  authorOf,
  concat,
  encodeEntry,
  encodeEvent,
  hashEntry,
  toHex,
} from '../../protocol/index.ts'
import type { Author, Entry, Epoch, Payload, RoomName } from '../../protocol/index.ts'
import { encodeBatch } from '../../protocol/batch-codec.ts'
import { nextChain } from '../../protocol/hash.ts'
import { fromHex } from '../../protocol/ids.ts'
import { runInspect } from '../inspect-command.ts'
import { InspectError, inspectRoom, inspectRooms } from '../inspect.ts'
import { openForWriting } from '../stores/lmdb-file.ts'
import { batchRow, batchKey, formatRow } from '../stores/lmdb-rows.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'

const made: string[] = []
after(() => made.forEach((dir) => rmSync(dir, { recursive: true, force: true })))

const newFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-inspect-'))
  made.push(dir)
  return dir
}

const event = (name: string, payload: Payload): Uint8Array =>
  encodeEntry({ kind: 'event', origin: undefined, body: encodeEvent({ name, payload }) })
const update = (bytes: number[], origin?: Entry['origin']): Uint8Array =>
  encodeEntry({ kind: 'update', origin, body: Uint8Array.from(bytes) })

const newAuthor = (): Author => authorOf(randomBytes(16))
const [ann, bob] = [newAuthor(), newAuthor()]

type Write = { readonly author: Author; readonly user: string; readonly entries: Uint8Array[] }

/** Each write is a batch of its own, made by the real sequencer. */
const batchesOf = (
  room: string,
  writes: readonly Write[],
): { head: number; bytes: Uint8Array }[] => {
  const freshEpoch = toHex(randomBytes(16)) as Epoch
  const limits = { maxEntryBytes: 1000, maxBatchBytes: 1e6 }
  const sequencer = new RoomSequencer({ room: room as RoomName, freshEpoch, ...limits })
  const seqs = new Map<Author, number>()
  return writes.map(({ author, user, entries }, at) => {
    const firstSeq = (seqs.get(author) ?? 0) + 1
    seqs.set(author, firstSeq - 1 + entries.length)
    const appended = entries.map((bytes) => ({ hash: hashEntry(bytes), bytes, seal: undefined }))
    const atMs = 1_700_000_000_000 + at
    sequencer.handle(
      { type: 'append', from: 1, author, user, firstSeq, entries: appended, atMs },
      0,
    )
    const [commit] = sequencer.handle({ type: 'flush' }, 0)
    assert.ok(commit?.type === 'commit', 'the sequencer commits')
    sequencer.handle({ type: 'committed' }, 0)
    return { head: commit.head, bytes: commit.bytes }
  })
}

const WRITES: readonly Write[] = [
  { author: ann, user: 'ann', entries: [event('stroke', { x: 1 }), update([1, 2])] },
  { author: bob, user: 'bob', entries: [event('blob', Uint8Array.of(0, 255))] },
  {
    author: ann,
    user: 'ann',
    entries: [update([3], { author: bob, seq: 9 }), Uint8Array.of(77), update(Array(1001).fill(0))],
  },
]

const store = async (rooms: Readonly<Record<string, readonly Write[]>>): Promise<string> => {
  const dir = newFolder()
  const lmdb = await openLmdbStore(dir)
  for (const [room, writes] of Object.entries(rooms)) {
    let expectHead = 0
    for (const { head, bytes } of batchesOf(room, writes)) {
      const [result] = await lmdb.append([{ room, expectHead, head, term: 1, bytes }])
      assert.deepEqual(result, { ok: true })
      expectHead = head
    }
  }
  await lmdb.close()
  return dir
}

/** Writes rows as no store of ours would, each with a right checksum unless it is broken afterwards. */
const forge = async (
  room: string,
  rows: readonly { before: number; head: number; bytes: Uint8Array; flip?: number }[],
): Promise<string> => {
  const dir = newFolder()
  const db = openForWriting(dir)
  const format = formatRow()
  await db.put(format.key, format.value)
  for (const { before, head, bytes, flip } of rows) {
    const { key, value } = batchRow({ room, expectHead: before, head, term: 1, bytes })
    if (flip !== undefined) value[value.length - 1 - flip]! ^= 1
    await db.put(key, value)
  }
  await db.close()
  return dir
}

const violationsOf = async (dir: string): Promise<string[]> =>
  (await inspectRooms(dir)).violations.map(({ violation, offset }) => `${violation} ${offset}`)

test('S1, S6: inspect prints what the sequencer made, with its chain, hashes and keys', async () => {
  const dir = await store({ notes: WRITES, 'notes-2': WRITES.slice(0, 1) })
  const records = await inspectRoom(dir, 'notes')
  assert.deepEqual(
    records.map(({ offset, user, seq, kind, atMs }) => [offset, user, seq, kind, atMs]),
    [
      [1, 'ann', 1, 'event', 1_700_000_000_000],
      [2, 'ann', 2, 'update', 1_700_000_000_000],
      [3, 'bob', 1, 'event', 1_700_000_000_001],
      [4, 'ann', 3, 'update', 1_700_000_000_002],
      [5, 'ann', 4, 'void', 1_700_000_000_002],
      [6, 'ann', 5, 'void', 1_700_000_000_002],
    ],
  )
  assert.deepEqual(
    records.map(({ hash }) => hash),
    WRITES.flatMap(({ entries }) => entries.map(hashEntry)),
  )
  const [stroke, , blob, moved, odd, large] = records
  assert.deepEqual([stroke?.name, stroke?.payload], ['stroke', { x: 1 }])
  assert.deepEqual([blob?.name, blob?.payloadBase64], ['blob', 'AP8='])
  assert.deepEqual(moved?.origin, { author: bob, seq: 9 })
  assert.equal(moved?.updateBase64, 'Aw==')
  assert.deepEqual([odd?.refused, large?.refused], ['unknown-kind', 'too-large'])
})

test("without a room inspect prints each room's epoch, head, sizes and chain", async () => {
  const dir = await store({ 'notes-2': WRITES.slice(0, 1), notes: WRITES })
  const { rooms, violations } = await inspectRooms(dir)
  assert.deepEqual(violations, [])
  assert.deepEqual(
    rooms.map(({ room, head, records, batches }) => [room, head, records, batches]),
    [
      ['notes', 6, 6, 3],
      ['notes-2', 2, 2, 1],
    ],
  )
  assert.match(rooms[0]?.epoch ?? '', /^[0-9a-f]{32}$/)
  assert.equal(rooms[0]?.chain, (await inspectRoom(dir, 'notes')).at(-1)?.chain)
})

test('the command prints JSON lines, bytes only when asked, and updates alone when asked', async () => {
  const dir = await store({ notes: WRITES })
  const run = async (
    ...argv: string[]
  ): Promise<{ code: number; lines: string[]; errors: string[] }> => {
    const [lines, errors]: [string[], string[]] = [[], []]
    const printer = {
      out: (line: string) => lines.push(line),
      err: (line: string) => errors.push(line),
    }
    return { code: await runInspect(argv, printer), lines, errors }
  }
  const plain = await run('--data', dir, '--room', 'notes')
  assert.equal(plain.code, 0)
  assert.equal(plain.lines.length, 6)
  assert.doesNotMatch(plain.lines.join(), /updateBase64/)
  assert.equal((JSON.parse(plain.lines[0]!) as { offset: number }).offset, 1)
  assert.match(
    (await run('--data', dir, '--room=notes', '--payload')).lines[1]!,
    /"updateBase64":"AQI="/,
  )
  assert.deepEqual((await run('--data', dir, '--room=notes', '--update')).lines, ['AQI=', 'Aw=='])
  assert.deepEqual(await run('--data', dir, '--room', 'nope'), {
    code: 1,
    lines: [],
    errors: [`There is no room "nope" in ${dir}.`],
  })
  for (const argv of [[], ['--data'], ['--room', 'x'], ['--data', dir, '--update'], ['notes']]) {
    const { code, lines, errors } = await run(...argv)
    assert.deepEqual([code, lines, errors.length], [1, [], 1], argv.join(' '))
  }
})

test('a folder that holds no store, and one that cannot be read, are said in a sentence', async () => {
  const foreign = newFolder()
  writeFileSync(join(foreign, 'data.mdb'), randomBytes(8192))
  for (const dir of [newFolder(), join(newFolder(), 'nope'), foreign]) {
    await assert.rejects(inspectRooms(dir), (error) => {
      assert.ok(error instanceof InspectError, String(error))
      assert.match(error.message, /^[^\n]+\.$/)
      return true
    })
  }
})

test('a store of a newer version is not guessed at', async () => {
  const dir = newFolder()
  const db = openForWriting(dir)
  const { key, value } = formatRow(2)
  await db.put(key, value)
  await db.close()
  await assert.rejects(inspectRooms(dir), { code: 'newer-store' })
})

type Row = { before: number; head: number; bytes: Uint8Array; flip?: number }

const rowsOf = (writes: readonly Write[] = WRITES): Row[] => {
  let before = 0
  return batchesOf('notes', writes).map(({ head, bytes }) => {
    const row = { before, head, bytes }
    before = head
    return row
  })
}

test('what forge writes is sound as long as it is not damaged', async () => {
  assert.deepEqual(await violationsOf(await forge('notes', rowsOf())), [])
})

test('a flipped bit fails its checksum, and nothing behind it is believed', async () => {
  const rows = rowsOf()
  rows[1]!.flip = 5
  const dir = await forge('notes', rows)
  assert.deepEqual(await violationsOf(dir), ['bad-checksum 3'])
  await assert.rejects(inspectRoom(dir, 'notes'), { code: 'violated' })
})

test('S6: a bit that was changed together with its checksum breaks the chain', async () => {
  const rows = rowsOf()
  // Behind the flags and the first offset stands the time: any bits of it make a batch.
  rows[2]!.bytes[2]! ^= 1
  assert.deepEqual(await violationsOf(await forge('notes', rows)), ['broken-chain 4'])
})

test('S6: a chain that was computed anew is found at the batch behind it', async () => {
  const [first, second, third] = rowsOf()
  const other = rowsOf()[0]!
  assert.deepEqual(await violationsOf(await forge('notes', [other, second!, third!])), [
    'broken-chain 3',
  ])
  assert.deepEqual(await violationsOf(await forge('notes', [first!, second!, third!])), [])
})

test("S6: a log under another room's name does not fit its chain", async () => {
  assert.deepEqual(await violationsOf(await forge('diary', rowsOf())), ['broken-chain 1'])
})

test("S1: a missing batch is a gap in offsets and in an author's seqs", async () => {
  const [, second, third] = rowsOf()
  assert.deepEqual(await violationsOf(await forge('notes', [second!, third!])), [
    'offset-gap 3',
    'broken-chain 3',
    'misplaced-epoch 3',
    'seq-gap 4',
  ])
})

test("S1: a batch under another batch's key is found", async () => {
  const rows = rowsOf()
  assert.deepEqual(await violationsOf(await forge('notes', [rows[0]!, { ...rows[1]!, head: 4 }])), [
    'bad-row-key 3',
  ])
})

/** A log made by hand: right in its chain, wrong in what it says. */
const forgedLog = (
  batches: readonly { author: Author; user: string; seq: number; bytes: Uint8Array }[][],
): Row[] => {
  let chain = toHex(fromHex('00'.repeat(16))) as ReturnType<typeof nextChain>
  chain = nextChain(new TextEncoder().encode('holdfast/chain/'), new TextEncoder().encode('notes'))
  let before = 0
  return batches.map((records) => {
    const first = before + 1
    const epoch = first === 1 ? ('ab'.repeat(16) as Epoch) : undefined
    const parts = records.map((record) => ({ ...record, seal: undefined }))
    const { bytes, chainAfter } = encodeBatch({ first, atMs: 0, epoch, records: parts }, chain)
    chain = chainAfter
    const row = { before, head: before + records.length, bytes }
    before = row.head
    return row
  })
}

const one = { author: ann, user: 'ann', seq: 1, bytes: update([1]) }

test('S1: a key with two records is found, and so is a seq that was left out', async () => {
  assert.deepEqual(await violationsOf(await forge('notes', forgedLog([[one], [one]]))), [
    'duplicate-key 2',
  ])
  const third = { ...one, seq: 3 }
  assert.deepEqual(await violationsOf(await forge('notes', forgedLog([[one, third]]))), [
    'seq-gap 2',
  ])
})

test('S10: an author that changed hands is found', async () => {
  const stolen = { ...one, user: 'eve', seq: 2 }
  assert.deepEqual(await violationsOf(await forge('notes', forgedLog([[one], [stolen]]))), [
    'foreign-author 2',
  ])
})

test('an event that is none is shown with a violation, and the log goes on behind it', async () => {
  const broken = { ...one, bytes: Uint8Array.of(2, 0, 0) }
  const dir = await forge('notes', forgedLog([[broken], [{ ...one, seq: 2 }]]))
  assert.deepEqual(await violationsOf(dir), ['unreadable-entry 1'])
  assert.equal((await inspectRooms(dir)).rooms[0]?.records, 2)
})

test('W2: no bytes in place of a batch make inspect throw', async () => {
  const whole = rowsOf()[0]!.bytes
  const cases = [
    new Uint8Array(),
    randomBytes(64),
    concat([whole, Uint8Array.of(0)]),
    new Uint8Array(40).fill(255),
  ]
  for (let length = 1; length < whole.length; length += 7) cases.push(whole.subarray(0, length))
  const dir = newFolder()
  const db = openForWriting(dir)
  const format = formatRow()
  await db.put(format.key, format.value)
  for (const [at, bytes] of cases.entries()) {
    const { key, value } = batchRow({ room: `room${at}`, expectHead: 0, head: 2, term: 1, bytes })
    await db.put(key, value)
  }
  await db.put(Buffer.concat([batchKey('short', 1), Buffer.from([0])]), Buffer.alloc(2))
  await db.put(Buffer.from([0x7f, 1]), Buffer.alloc(3))
  await db.close()
  const violations = await violationsOf(dir)
  assert.equal(violations.filter((one) => one === 'unreadable-batch 1').length, cases.length)
  assert.equal(violations.length, cases.length + 2)
})
