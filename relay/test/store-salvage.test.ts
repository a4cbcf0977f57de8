/* What becomes of a store whose file is damaged below the rows: pages overwritten, zeroed, cut off. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inspectRooms } from '../inspect.ts'
import { salvageInChild, walkInChild } from '../stores/lmdb-ask.ts'
import { salvage } from '../stores/lmdb-salvage.ts'
import { openLmdbReadOnly } from '../stores/lmdb-read-only.ts'
import { StoreError } from '../stores/store.ts'
import { openForWriting } from '../stores/lmdb-file.ts'
import { batchKey } from '../stores/lmdb-rows.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { checkStore } from '../supervisor/check-store.ts'
import { runSalvage } from '../supervisor/salvage-command.ts'
import { StoreProcess } from '../stores/testing/store-process.ts'

const PAGE = 4096
const ROOMS = 40
const BATCHES = 30
const top = mkdtempSync(join(tmpdir(), 'holdfast-salvage-'))
const sound = join(top, 'sound')
after(() => rmSync(top, { recursive: true, force: true }))

const nameOf = (n: number): string => `room${String(n).padStart(2, '0')}`
const bytesOf = (room: string, head: number): Buffer =>
  Buffer.from(`${room} ${head} ${'x'.repeat(150)}`)

before(async () => {
  mkdirSync(sound)
  const store = await openLmdbStore(sound)
  for (let head = 1; head <= BATCHES; head++) {
    await store.append(
      Array.from({ length: ROOMS }, (_, n) => {
        const room = nameOf(n)
        return { room, expectHead: head - 1, head, term: 1, bytes: bytesOf(room, head) }
      }),
    )
  }
  await store.checkpoint(nameOf(3), 20, Buffer.from('state'))
  await store.append([{ room: 'gone', expectHead: 0, head: 1, term: 1, bytes: Buffer.from('x') }])
  await store.delete('gone', { expectHead: 1, term: 2, bytes: Buffer.from('new epoch') })
  await store.close()
})

let copies = 0
/** A copy of the sound store, damaged. */
const damagedStore = (damage: (bytes: Buffer) => void): string => {
  const dir = join(top, `copy-${copies++}`)
  mkdirSync(dir)
  const bytes = readFileSync(join(sound, 'data.mdb'))
  damage(bytes)
  writeFileSync(join(dir, 'data.mdb'), bytes)
  return dir
}

/** Each room's batches as far as they are there, each byte for byte what was stored; a room is cut, never holed. */
const assertPrefixes = async (dir: string): Promise<Map<string, number>> => {
  const store = await openLmdbReadOnly(dir)
  const heads = new Map<string, number>()
  for (const room of await store.rooms()) {
    let through = 0
    for (const batch of await store.read(room, 0, 2 ** 30)) {
      assert.equal(batch.head, through + 1)
      through = batch.head
      assert.deepEqual(Buffer.from(batch.bytes), bytesOf(room, batch.head))
    }
    heads.set(room, through)
  }
  await store.close()
  return heads
}

const soundPages = (): { readonly count: number; readonly at: (page: number) => Buffer } => {
  const bytes = readFileSync(join(sound, 'data.mdb'))
  return {
    count: bytes.length / PAGE,
    at: (page) => bytes.subarray(page * PAGE, (page + 1) * PAGE),
  }
}

/** The page in use of those with these flags and this text: the one of the latest transaction. */
const livePage = (flags: number, text: Buffer | string): number => {
  const { count, at } = soundPages()
  const found = Array.from({ length: count }, (_, page) => page).filter(
    (page) => page > 1 && at(page).readUInt16LE(18) === flags && at(page).includes(text),
  )
  const transactionOf = (page: number): bigint => at(page).readBigUInt64LE(8)
  return found.reduce((one, other) => (transactionOf(other) > transactionOf(one) ? other : one))
}

test('A7: a sound store is walked through: every room, every row, nothing missing', async () => {
  const walked = await walkInChild(sound)
  assert.ok(walked.type === 'walked')
  const { rooms, missing, damaged } = walked.walk
  assert.deepEqual([rooms, missing, damaged], [ROOMS, 0, []])
  // The format, the writer, a checkpoint and a tombstone besides.
  assert.equal(walked.walk.rows, ROOMS * BATCHES + 4)
})

test('A7: a damaged value is told with its room, and all others are still walked', async () => {
  const needle = bytesOf(nameOf(7), 12)
  const dir = damagedStore((bytes) => {
    const at = bytes.lastIndexOf(needle)
    bytes[at] = bytes[at]! ^ 1
  })
  const walked = await walkInChild(dir)
  assert.ok(walked.type === 'walked')
  assert.deepEqual(
    walked.walk.damaged.map(({ room }) => room),
    [nameOf(7)],
  )
  assert.equal(walked.walk.rooms, ROOMS)
  const said: string[] = []
  assert.equal(
    await checkStore(dir, new AbortController().signal, (line) => said.push(line)),
    undefined,
  )
  assert.equal(said.length, 1)
  assert.match(
    said[0]!,
    /^Room "room07" is closed: The stored batch of room "room07" that ends at 12 is damaged/,
  )
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('damaged-')),
    [],
  )
})

test('A7: a batch that is gone is told with its room', async () => {
  const dir = damagedStore(() => {})
  const db = openForWriting(dir)
  db.removeSync(batchKey(nameOf(5), 10))
  await db.close()
  const walked = await walkInChild(dir)
  assert.ok(walked.type === 'walked')
  assert.deepEqual(walked.walk.damaged, [
    {
      room: nameOf(5),
      sentence: 'Records of room "room05" are missing behind offset 9: what follows builds on 10.',
    },
  ])
})

const LEAF = 2
const BRANCH = 1

for (const [what, flags, text, filling, from] of [
  ['a leaf of the tree is zeroed', LEAF, `${nameOf(7)} 12 `, 0, 0],
  ['a leaf of the tree is overwritten', LEAF, `${nameOf(30)} 1 `, 0xff, 0],
  [
    'a leaf of the tree has lost its pointers, and LMDB finds nothing there,',
    LEAF,
    `${nameOf(7)} 12 `,
    0,
    24,
  ],
  ['the root of the tree is overwritten', BRANCH, '', 0x5a, 0],
] as const) {
  test(`A7: where ${what}, the file is set aside, and what can be read is copied`, async () => {
    const page = livePage(flags, text)
    const to = from === 0 ? PAGE : 60
    const dir = damagedStore((bytes) => bytes.fill(filling, page * PAGE + from, page * PAGE + to))
    const said: string[] = []
    const { signal } = new AbortController()
    assert.equal(await checkStore(dir, signal, (line) => said.push(line)), undefined)
    assert.match(said[0]!, /^The store in .* is damaged: .*\. What can be read of it is copied\.$/)
    assert.match(said[1]!, /^Rooms copied whole: \d+; up to where something is missing: \d+\./)
    const heads = await assertPrefixes(dir)
    // The root knows no batch; a leaf holds some twenty, of one room or two.
    const isWhole = [...heads.values()].filter((head) => head === BATCHES)
    assert.ok(isWhole.length >= (flags === BRANCH ? ROOMS : ROOMS - 2), `${isWhole.length} rooms`)
    const again = await walkInChild(dir)
    assert.ok(again.type === 'walked')
    assert.deepEqual([again.walk.missing, again.walk.damaged], [0, []])
    // The damaged file is kept as it is, and nothing else is left over.
    const names = readdirSync(dir).filter((name) => name.includes('-'))
    assert.equal(names.length, 1)
    assert.equal(readFileSync(join(dir, names[0]!, 'data.mdb'))[page * PAGE + 25], filling)
  })
}

test('A7: whichever page is overwritten, a salvage keeps the begin of each log and no row that is not right', async () => {
  const { count } = soundPages()
  for (let page = 0; page < count; page += 7) {
    const dir = damagedStore((bytes) =>
      bytes.fill(page % 2 === 0 ? 0 : 0xff, page * PAGE, (page + 1) * PAGE),
    )
    await salvage(dir, { now: 0, isBroken: false })
    const heads = await assertPrefixes(dir)
    const kept = [...heads.values()].reduce((sum, head) => sum + head, 0)
    assert.ok(kept >= (ROOMS - 2) * BATCHES, `page ${page} of ${count}: ${kept} batches`)
    rmSync(dir, { recursive: true })
  }
})

test('A7: a file that was cut off is set aside, and the relay’s store opens again', async () => {
  const dir = damagedStore(() => {})
  truncateSync(join(dir, 'data.mdb'), Math.floor(soundPages().count / 2) * PAGE)
  const said: string[] = []
  assert.equal(
    await checkStore(dir, new AbortController().signal, (line) => said.push(line)),
    undefined,
  )
  assert.match(said.join('\n'), /is damaged[\s\S]*The damaged file is kept: /)
  await assertPrefixes(dir)
  const store = await openLmdbStore(dir)
  assert.deepEqual(
    await store.append([{ room: 'new', expectHead: 0, head: 1, term: 0, bytes: Buffer.from('x') }]),
    [{ ok: true }],
  )
  await store.close()
})

test('A7: a salvage of a sound store loses nothing: rooms, checkpoint and tombstone', async () => {
  const dir = damagedStore(() => {})
  const found = await salvageInChild(dir, {
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    isBroken: false,
  })
  assert.deepEqual({ ...found, aside: undefined }, { whole: ROOMS + 1, cut: [], aside: undefined })
  assert.equal(found.aside, join(dir, 'damaged-2026-01-02T03-04-05'))
  const heads = await assertPrefixes(dir)
  assert.deepEqual(
    [...heads.values()],
    Array.from({ length: ROOMS }, () => BATCHES),
  )
  const store = await openLmdbReadOnly(dir)
  const kept = await store.open(nameOf(3))
  assert.equal(kept.checkpoint?.through, 20)
  const gone = await store.open('gone')
  assert.deepEqual(
    [gone.head, gone.term, Buffer.from(gone.deleted!).toString()],
    [0, 2, 'new epoch'],
  )
  await store.close()
})

test('A7: a room with a damaged batch keeps all before it, and loses the checkpoint that is beyond', async () => {
  const needle = bytesOf(nameOf(3), 15)
  const dir = damagedStore((bytes) => {
    const at = bytes.lastIndexOf(needle)
    bytes[at] = bytes[at]! ^ 1
  })
  const printed: string[] = []
  const printer = {
    out: (line: string) => printed.push(line),
    err: (line: string) => assert.fail(line),
  }
  assert.equal(await runSalvage(['--data', dir], printer), 0)
  assert.match(printed[0]!, /^Rooms copied whole: 40; up to where something is missing: 1\./)
  assert.match(printed[1]!, /^Room "room03" was kept up to offset 14 of at least 30\.$/)
  const heads = await assertPrefixes(dir)
  assert.equal(heads.get(nameOf(3)), 14)
  const store = await openLmdbReadOnly(dir)
  assert.equal((await store.open(nameOf(3))).checkpoint, undefined)
  await store.close()
})

test('A7: the store of a living relay, another program’s file and none at all are left alone', async () => {
  const used = damagedStore((bytes) => bytes.fill(0, 8 * PAGE, 10 * PAGE))
  const other = join(top, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'data.mdb'), 'not a store')
  for (const dir of [other, join(top, 'none')]) {
    assert.equal(
      await checkStore(dir, new AbortController().signal, (line) => assert.fail(line)),
      undefined,
    )
  }
  assert.equal(readFileSync(join(other, 'data.mdb'), 'utf8'), 'not a store')
  copyFileSync(join(sound, 'data.mdb'), join(used, 'data.mdb'))
  const writer = new StoreProcess(used, 'write')
  try {
    assert.ok((await writer.opened).ok)
    assert.equal(
      await checkStore(used, new AbortController().signal, (line) => assert.fail(line)),
      undefined,
    )
    await assert.rejects(
      salvage(used, { now: 0, isBroken: true }),
      (error) => error instanceof StoreError && error.code === 'in-use',
    )
  } finally {
    await writer.kill()
  }
})

test('A7: where not one row can be read any more the relay begins anew, and the file is kept', async () => {
  const dir = damagedStore((bytes) => bytes.fill(0xff, 2 * PAGE))
  const said: string[] = []
  const { signal } = new AbortController()
  assert.equal(await checkStore(dir, signal, (line) => said.push(line)), undefined)
  assert.match(said.join('\n'), /\nRooms copied whole: 0; up to where something is missing: 0\./)
  assert.equal((await assertPrefixes(dir)).size, 0)
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('damaged-')).length, 1)
})

test('A7: a walk that somebody ended, or that could not begin, says nothing of the store: it stays where it is', async (t) => {
  const dir = damagedStore(() => {})
  const { NODE_OPTIONS } = process.env
  t.after(() => {
    if (NODE_OPTIONS === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = NODE_OPTIONS
  })
  for (const [code, end] of [
    ['process.kill(process.pid,"SIGKILL")', 'SIGKILL'],
    ['process.exit(1)', '1'],
  ] as const) {
    process.env['NODE_OPTIONS'] = `--import=data:text/javascript,${encodeURIComponent(code)}`
    const { signal } = new AbortController()
    assert.equal(
      await checkStore(dir, signal, (line) => assert.fail(line)),
      `The store in ${dir} could not be read through: reading it ended a process by ${end}.`,
    )
    assert.deepEqual(readdirSync(dir), ['data.mdb'])
  }
})

test('A7: of another program’s database nothing is taken, by command either', async () => {
  const dir = join(top, 'theirs')
  const db = openForWriting(dir)
  db.putSync(Buffer.from('their key'), Buffer.from('their value'))
  await db.close()
  const bytes = readFileSync(join(dir, 'data.mdb'))
  await assert.rejects(salvage(dir, { now: 0, isBroken: false }), (error) => {
    return error instanceof StoreError && error.code === 'unreadable-store'
  })
  const said: string[] = []
  const printer = {
    out: (line: string) => assert.fail(line),
    err: (line: string) => void said.push(line),
  }
  assert.equal(await runSalvage([`--data=${dir}`], printer), 1)
  assert.match(
    said.join(),
    /^The store in .* cannot be read: data\.mdb is a database of another program\.$/,
  )
  assert.deepEqual(readdirSync(dir).toSorted(), ['data.mdb', 'lock.mdb'])
  assert.ok(readFileSync(join(dir, 'data.mdb')).equals(bytes))
  assert.equal(await runSalvage(['--dat', dir], printer), 1)
})

test('S7: a store whose rows cannot all be found is no sound one for inspect', async () => {
  const page = livePage(LEAF, `${nameOf(7)} 12 `)
  const dir = damagedStore((bytes) => bytes.fill(0, page * PAGE + 24, page * PAGE + 60))
  const { violations } = await inspectRooms(dir)
  assert.match(
    violations.find(({ violation }) => violation === 'missing-rows')?.sentence ?? 'none',
    /^\d+ rows are counted that are nowhere found$/,
  )
  const whole = await inspectRooms(sound)
  assert.ok(whole.violations.every(({ violation }) => violation !== 'missing-rows'))
})

test('A7: a salvage by command leaves a sound store as it is, and says where there is none', async () => {
  const said: string[] = []
  const printer = { out: (line: string) => said.push(line), err: (line: string) => said.push(line) }
  const dir = damagedStore(() => {})
  const bytes = readFileSync(join(dir, 'data.mdb'))
  assert.equal(await runSalvage(['--data', dir], printer), 0)
  assert.deepEqual(said, [
    `The store in ${dir} is sound: rooms ${ROOMS}, rows ${ROOMS * BATCHES + 4}. Nothing was changed.`,
  ])
  assert.ok(readFileSync(join(dir, 'data.mdb')).equals(bytes))
  assert.deepEqual(
    readdirSync(dir).filter((name) => name !== 'lock.mdb'),
    ['data.mdb'],
  )
  const empty = mkdtempSync(join(top, 'empty-'))
  for (const none of [empty, join(top, 'nowhere')]) {
    said.length = 0
    assert.equal(await runSalvage(['--data', none], printer), 1)
    assert.deepEqual(said, [`There is no store in ${none}.`])
  }
  assert.deepEqual(readdirSync(empty), [])
})
