/* A store whose rows are whole and whose file is hit where LMDB begins to read: its first pages, or its list of free ones. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { runInspect } from '../inspect-command.ts'
import { inspectRooms } from '../inspect.ts'
import { runRestore } from '../restore-command.ts'
import { faultOfFreePages } from '../stores/lmdb-free.ts'
import { readMetas } from '../stores/lmdb-meta.ts'
import { openLmdbReadOnly } from '../stores/lmdb-read-only.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { StoreError } from '../stores/store.ts'
import { StoreProcess } from '../stores/testing/store-process.ts'
import { checkStore } from '../supervisor/check-store.ts'

const PAGE = 4096
const HEADS = 60
const top = mkdtempSync(join(tmpdir(), 'holdfast-roots-'))
const killed = join(top, 'killed')
after(() => rmSync(top, { recursive: true, force: true }))

const textOf = (head: number): string => `${head} ${'x'.repeat(head % 7 === 0 ? 30_000 : 900)}`

/** Killed right behind its last ack: nothing was committed since. */
before(async () => {
  mkdirSync(killed)
  const writer = new StoreProcess(killed, 'write')
  assert.ok((await writer.opened).ok)
  for (let head = 1; head <= HEADS; head++) {
    const append = { room: 'r', expectHead: head - 1, head, term: 1, text: textOf(head) }
    assert.ok((await writer.call({ op: 'append', appends: [append] })).ok)
  }
  await writer.kill()
})

let copies = 0
const damagedStore = (damage: (bytes: Buffer) => void): string => {
  const dir = join(top, `copy-${copies++}`)
  mkdirSync(dir)
  const bytes = readFileSync(join(killed, 'data.mdb'))
  damage(bytes)
  writeFileSync(join(dir, 'data.mdb'), bytes)
  return dir
}

const assertAllThere = async (dir: string): Promise<void> => {
  const store = await openLmdbReadOnly(dir)
  const batches = await store.read('r', 0, 2 ** 30)
  await store.close()
  assert.deepEqual(
    batches.map(({ bytes }) => Buffer.from(bytes).toString()),
    Array.from({ length: HEADS }, (_, at) => textOf(at + 1)),
  )
}

/** `holdfast restore`, which is to change nothing here. */
const restoreSays = async (dir: string): Promise<string> => {
  const bytes = readFileSync(join(dir, 'data.mdb'))
  const said: string[] = []
  const printer = {
    out: (line: string) => assert.fail(line),
    err: (line: string) => said.push(line),
  }
  assert.equal(await runRestore(['--data', dir], printer), 1)
  assert.ok(readFileSync(join(dir, 'data.mdb')).equals(bytes), 'restore wrote to it')
  return said.join('\n')
}

/** What the supervisor does before the first start: all of the log is there again behind it, and can be written. */
const assertMended = async (dir: string, why: RegExp): Promise<void> => {
  const said: string[] = []
  const { signal } = new AbortController()
  assert.equal(await checkStore(dir, signal, (line) => said.push(line)), undefined)
  assert.match(
    said[0] ?? '',
    /^The store in .* is damaged: .*\. What can be read of it is copied\.$/,
  )
  assert.match(said[0] ?? '', why)
  assert.match(said[1] ?? '', /^Rooms copied whole: 1; up to where something is missing: 0\./)
  assert.equal(readdirSync(dir).filter((name) => name.startsWith('damaged-')).length, 1)
  await assertAllThere(dir)
  const store = await openLmdbStore(dir)
  const append = { room: 'r', expectHead: HEADS, head: HEADS + 1, term: 1, bytes: Buffer.from('x') }
  assert.deepEqual(await store.append([append]), [{ ok: true }])
  await store.close()
}

/** What inspect says of them. Our batches here are none that it can read; it says so as well. */
const freeFaults = async (dir: string): Promise<string[]> =>
  (await inspectRooms(dir)).violations
    .filter(({ violation }) => violation === 'bad-free-pages')
    .map(({ sentence }) => sentence)

const newest = () => readMetas(join(killed, 'data.mdb')).sound[0]!

/** Where the first list of free pages lies, whose entries follow as numbers of 64 bits. */
const firstListAt = (bytes: Buffer): number => {
  const page = newest().freeRoot! * PAGE
  assert.equal(bytes.readUInt16LE(page + 18), 2, 'the tree of free pages is one leaf')
  const node = page + 24 + bytes.readUInt16LE(page + 24)
  return node + 8 + bytes.readUInt16LE(node + 6)
}

const putEntry = (bytes: Buffer, value: bigint): void => {
  const list = firstListAt(bytes)
  const count = Number(bytes.readBigUInt64LE(list))
  for (let at = 1; at <= count; at++) {
    if (bytes.readBigInt64LE(list + at * 8) <= 0n) continue
    return void bytes.writeBigInt64LE(value, list + at * 8)
  }
  assert.fail('there is a page in it')
}

const DAMAGES: readonly [string, (bytes: Buffer) => void, RegExp][] = [
  [
    'names a page beyond the last one',
    (bytes) => putEntry(bytes, 0x7fff_ffffn),
    /its list of free pages names page \d+, and there are \d+/,
  ],
  [
    'names a page that is in use',
    (bytes) => putEntry(bytes, BigInt(newest().rowsRoot!)),
    /its list of free pages names page \d+, which is in use/,
  ],
  [
    'is longer than it can be',
    (bytes) => void bytes.writeUInt32LE(0x00ff_ffff, firstListAt(bytes)),
    /its list of free pages is longer than it can be/,
  ],
  [
    'is overwritten',
    (bytes) => void bytes.fill(0xff, newest().freeRoot! * PAGE, (newest().freeRoot! + 1) * PAGE),
    /page \d+ of its list of free pages is none/,
  ],
]

for (const [what, damage, why] of DAMAGES) {
  test(`A7: a list of free pages that ${what} is found by inspect, told by restore, and mended by the supervisor`, async () => {
    const dir = damagedStore(damage)
    const [fault, ...more] = await freeFaults(dir)
    assert.match(fault ?? 'none', why)
    assert.deepEqual(more, [])
    const said = await restoreSays(dir)
    assert.match(said, why)
    assert.match(said, /is damaged: .*\. `holdfast salvage --data .*` brings back what can be read/)
    await assertMended(dir, why)
  })
}

test('A7: a relay without a supervisor writes to no file whose list of free pages cannot be one', async () => {
  const dir = damagedStore(DAMAGES[0]![1])
  await assert.rejects(openLmdbStore(dir), (error) => {
    assert.ok(error instanceof StoreError && error.code === 'unreadable-store')
    assert.match(error.message, /is damaged: its list of free pages .* `holdfast salvage --data /)
    return true
  })
})

test('A7, A12: the lists of a store that works are sound, also beside a process that writes to it', async (t) => {
  assert.equal(faultOfFreePages(killed, { isThorough: true }), undefined)
  const dir = damagedStore(() => {})
  const writer = new StoreProcess(dir, 'write')
  t.after(() => writer.kill())
  assert.ok((await writer.opened).ok)
  let isOver = false
  const written = (async () => {
    for (let head = 1; head <= 300; head++) {
      const append = { room: 'w', expectHead: head - 1, head, term: 1, text: textOf(head) }
      assert.ok((await writer.call({ op: 'append', appends: [append] })).ok)
    }
    isOver = true
  })()
  let looks = 0
  for (; !isOver; looks++) {
    assert.deepEqual(await freeFaults(dir), [])
    await setImmediate()
  }
  await written
  await writer.kill()
  assert.ok(looks > 3, `${looks} looks`)
  assert.equal(faultOfFreePages(dir, { isThorough: true }), undefined)
})

const hit = (bytes: Buffer, page: number): void =>
  void bytes.fill(0xff, page * PAGE, page * PAGE + 200)

const FIRST_PAGES: readonly [string, (bytes: Buffer) => void][] = [
  ['the first page', (bytes) => hit(bytes, 0)],
  ['the second page', (bytes) => hit(bytes, 1)],
  ['both of the first pages', (bytes) => [0, 1].forEach((page) => hit(bytes, page))],
  [
    'the number of the latest commit',
    (bytes) => {
      const { transaction } = newest()
      bytes.writeUInt32LE(transaction - 40, (transaction % 2) * PAGE + 152)
    },
  ],
]

for (const [what, damage] of FIRST_PAGES) {
  test(`A7, S3: where ${what} of the file is hit nothing that was acked is lost, and what helps is said`, async () => {
    const dir = damagedStore(damage)
    const why = /its first pages, from which all others are found, are damaged/
    const said: string[] = []
    const printer = {
      out: (line: string) => assert.fail(line),
      err: (line: string) => said.push(line),
    }
    assert.equal(await runInspect(['--data', dir], printer), 1)
    for (const sentence of [said.join('\n'), await restoreSays(dir)]) {
      assert.match(sentence, why)
      assert.match(sentence, /`holdfast salvage --data .*` brings back what can be read of it\.$/)
    }
    await assertMended(dir, why)
  })
}

test('A7: another program’s database whose first page is hit is none of ours', async () => {
  const dir = join(top, 'theirs')
  mkdirSync(dir)
  copyFileSync(join(killed, 'data.mdb'), join(dir, 'data.mdb'))
  const bytes = readFileSync(join(dir, 'data.mdb'))
  bytes.fill(0, 2 * PAGE)
  hit(bytes, 0)
  writeFileSync(join(dir, 'data.mdb'), bytes)
  await assert.rejects(openLmdbStore(dir), /cannot be read: data\.mdb is not a file of LMDB\.$/)
})
