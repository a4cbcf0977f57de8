/** What the store on LMDB owes beyond the contract: strange files, other processes, damage. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { explainCommitError, isOverrun, openForWriting } from '../stores/lmdb-file.ts'
import { openLmdbReadOnly } from '../stores/lmdb-read-only.ts'
import type { Db } from '../stores/lmdb-read.ts'
import { WRITER_KEY, batchKey, formatRow, readWriter, writerRow } from '../stores/lmdb-rows.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { StoreError } from '../stores/store.ts'
import type { Append, Store, StoreErrorCode } from '../stores/store.ts'
import { StoreProcess } from '../stores/testing/store-process.ts'

const EVERYTHING = Number.MAX_SAFE_INTEGER

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-lmdb-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

async function openStore(t: TestContext, dir: string): Promise<Store> {
  const store = await openLmdbStore(dir)
  t.after(() => store.close())
  return store
}

function batch(room: string, expectHead: number, head: number, text = 'x'): Append {
  return { room, expectHead, head, term: 0, bytes: Buffer.from(text) }
}

async function rejectsWith(code: StoreErrorCode, promise: Promise<unknown>): Promise<StoreError> {
  let found: unknown
  await assert.rejects(promise, (error) => {
    found = error
    return error instanceof StoreError && error.code === code
  })
  assert.ok(found instanceof StoreError)
  return found
}

/** Changes rows behind the store's back, with the store closed. */
async function tamper(dir: string, change: (db: Db) => void): Promise<void> {
  const db = openForWriting(dir)
  db.transactionSync(() => change(db))
  await db.close()
}

async function storeWith(dir: string, appends: readonly Append[]): Promise<void> {
  const store = await openLmdbStore(dir)
  await store.append(appends)
  await store.close()
}

async function editFile(dir: string, edit: (bytes: Buffer) => void): Promise<void> {
  const path = join(dir, 'data.mdb')
  const bytes = await readFile(path)
  edit(bytes)
  await writeFile(path, bytes)
}

test('a store of a newer version is refused with one sentence, for writing and for reading', async (t) => {
  const dir = await folder(t)
  await tamper(dir, (db) => db.putSync(formatRow(2).key, formatRow(2).value))
  for (const open of [openLmdbStore, openLmdbReadOnly]) {
    const { message } = await rejectsWith('newer-store', open(dir))
    assert.match(message, /^The store in .* has format 2; .*\.$/)
  }
})

test("files that are not a store's are refused, and the process lives", async (t) => {
  const dir = await folder(t)
  const contents = { text: 'hello', long: 'A'.repeat(20_000), zeros: '\0'.repeat(20_000) }
  for (const [name, content] of Object.entries(contents)) {
    const data = join(dir, name)
    await mkdir(data)
    await writeFile(join(data, 'data.mdb'), content)
    await rejectsWith('unreadable-store', openLmdbStore(data))
    await rejectsWith('unreadable-store', openLmdbReadOnly(data))
    assert.equal(await readFile(join(data, 'data.mdb'), 'utf8'), content)
  }
  const foreign = join(dir, 'foreign')
  await mkdir(foreign)
  await tamper(foreign, (db) => db.putSync(Buffer.from('theirs'), Buffer.from('theirs')))
  await rejectsWith('unreadable-store', openLmdbStore(foreign))
  await rejectsWith('unreadable-store', openLmdbReadOnly(foreign))
})

test('reading a store that is not there is refused and makes none', async (t) => {
  const dir = join(await folder(t), 'none')
  await rejectsWith('unreadable-store', openLmdbReadOnly(dir))
  assert.equal(existsSync(dir), false)
})

test('a truncated file is found out without ending the process', async (t) => {
  const dir = await folder(t)
  await storeWith(
    dir,
    [1, 2, 3, 4].map((n) => batch('r', n - 1, n, 'y'.repeat(2 ** 19))),
  )
  await truncate(join(dir, 'data.mdb'), 2 ** 20)
  await rejectsWith('unreadable-store', openLmdbStore(dir))
  await rejectsWith('unreadable-store', openLmdbReadOnly(dir))
})

test('a file that merely lacks pages which were never written is opened', async (t) => {
  const dir = await folder(t)
  await storeWith(dir, [batch('r', 0, 1)])
  await editFile(dir, (bytes) => {
    for (const meta of [0, 4096])
      bytes.writeUInt32LE(bytes.readUInt32LE(meta + 144) + 7, meta + 144)
  })
  const store = await openStore(t, dir)
  assert.deepEqual(await store.append([batch('r', 1, 2)]), [{ ok: true }])
})

test('a folder that cannot be made or written is refused with one sentence', async (t) => {
  const dir = await folder(t)
  await writeFile(join(dir, 'file'), '')
  for (const path of [
    join(dir, 'file'),
    join(dir, 'file', 'below'),
    '/proc/holdfast',
    '/proc/a/b',
  ]) {
    const { message } = await rejectsWith('unwritable-folder', openLmdbStore(path))
    assert.match(message, /^The data folder .* cannot be used: .*\.$/)
  }
})

test('a folder that does not exist is made, for its owner alone', async (t) => {
  const dir = join(await folder(t), 'a', 'b')
  const store = await openStore(t, dir)
  assert.deepEqual(await store.rooms(), [])
  for (const path of [dir, join(dir, '..')]) assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.equal((await stat(join(dir, 'data.mdb'))).mode & 0o777, 0o600)
})

test('one writer at a time: a living one is respected, stopped or not, a killed one is followed', async (t) => {
  const dir = await folder(t)
  const writer = new StoreProcess(dir, 'write')
  t.after(() => writer.kill())
  assert.equal((await writer.opened).ok, true)
  const { message } = await rejectsWith('in-use', openLmdbStore(dir))
  assert.match(message, new RegExp(`by process ${writer.pid}`))
  process.kill(writer.pid, 'SIGSTOP')
  await rejectsWith('in-use', openLmdbStore(dir))
  await writer.kill('SIGKILL')
  const store = await openStore(t, dir)
  assert.deepEqual(await store.append([batch('r', 0, 1)]), [{ ok: true }])
})

test('opening twice in one process is refused and does the first no harm', async (t) => {
  const dir = await folder(t)
  const store = await openStore(t, dir)
  await rejectsWith('in-use', openLmdbStore(dir))
  assert.deepEqual(await store.append([batch('r', 0, 1)]), [{ ok: true }])
  assert.equal((await store.open('r')).head, 1)
})

test('two relays that start at once: one gets the store', async (t) => {
  const dir = await folder(t)
  const writers = [1, 2, 3].map(() => new StoreProcess(dir, 'write'))
  for (const writer of writers) t.after(() => writer.kill())
  const answers = await Promise.all(writers.map((writer) => writer.opened))
  const codes = answers.map((answer) => (answer.ok ? 'opened' : answer.code))
  assert.deepEqual(codes.toSorted(), ['in-use', 'in-use', 'opened'])
})

test('a dead writer whose process number was given to another one is followed', async (t) => {
  const dir = await folder(t)
  await storeWith(dir, [batch('r', 0, 1)])
  const leave = (change: object): Promise<void> =>
    tamper(dir, (db) => {
      const { value, version } = db.getEntry(WRITER_KEY)!
      const writer = { ...JSON.parse(readWriter(value)), released: false, ...change }
      db.putSync(WRITER_KEY, writerRow(JSON.stringify(writer)).value, version!)
    })
  await leave({})
  await rejectsWith('in-use', openLmdbStore(dir))
  await leave({ startTime: '1' })
  await (await openLmdbStore(dir)).close()
  await leave({ boot: 'another' })
  await (await openLmdbStore(dir)).close()
})

test('a writer that was replaced stores nothing more and says so', async (t) => {
  const dir = await folder(t)
  const store = await openStore(t, dir)
  await store.append([batch('r', 0, 1)])
  const other = openForWriting(dir)
  other.transactionSync(() => {
    const { value, version } = other.getEntry(WRITER_KEY)!
    other.putSync(WRITER_KEY, value, version! + 1)
  })
  await rejectsWith('in-use', store.append([batch('r', 1, 2)]))
  await rejectsWith('in-use', store.append([batch('s', 0, 1)]))
  assert.equal(other.getBinary(batchKey('r', 2)), undefined)
  await store.close()
  await other.close()
})

test('a flipped bit is reported as a damaged value, never skipped; other rooms are untouched', async (t) => {
  const dir = await folder(t)
  await storeWith(dir, [
    batch('first', 0, 1, 'damage me here'),
    batch('first', 1, 2),
    batch('last', 0, 1),
    batch('last', 1, 2, 'damage me there'),
    batch('sound', 0, 1),
  ])
  await editFile(dir, (bytes) => {
    for (const text of ['damage me here', 'damage me there']) {
      let at = -1
      while ((at = bytes.indexOf(text, at + 1)) >= 0) bytes[at + 3]! ^= 1
    }
  })
  const store = await openStore(t, dir)
  const { message } = await rejectsWith('damaged-value', store.read('first', 0, EVERYTHING))
  assert.match(message, /batch of room "first" that ends at 1 is damaged/)
  assert.equal((await store.read('first', 1, EVERYTHING)).length, 1)
  await rejectsWith('damaged-value', store.open('last'))
  await rejectsWith('damaged-value', store.read('last', 0, EVERYTHING))
  const [broken, sound] = await Promise.allSettled([
    store.append([batch('sound', 1, 2), batch('last', 2, 3)]),
    store.append([batch('sound', 1, 3)]),
  ])
  assert.ok(broken.status === 'rejected' && broken.reason.code === 'damaged-value')
  assert.deepEqual(sound, { status: 'fulfilled', value: [{ ok: true }] })
  assert.equal((await store.open('sound')).head, 3)
})

test("a value under another batch's key is damage", async (t) => {
  const dir = await folder(t)
  await storeWith(dir, [batch('a', 0, 1, 'one'), batch('b', 0, 1, 'two')])
  await tamper(dir, (db) => db.putSync(batchKey('a', 1), db.getBinary(batchKey('b', 1))!))
  const store = await openStore(t, dir)
  await rejectsWith('damaged-value', store.open('a'))
})

test('a batch that is gone is a hole, in the middle, at the begin and under a checkpoint', async (t) => {
  const dir = await folder(t)
  const log = (room: string): Append[] => [1, 2, 3].map((n) => batch(room, n - 1, n))
  await storeWith(dir, [...log('begin'), ...log('middle'), ...log('end')])
  const store = await openLmdbStore(dir)
  await store.checkpoint('end', 3, Buffer.from('state'))
  await store.close()
  await tamper(dir, (db) => {
    db.removeSync(batchKey('begin', 1))
    db.removeSync(batchKey('middle', 2))
    db.removeSync(batchKey('end', 3))
  })
  const again = await openStore(t, dir)
  await rejectsWith('hole', again.read('begin', 0, EVERYTHING))
  await rejectsWith('hole', again.read('middle', 0, EVERYTHING))
  await rejectsWith('hole', again.read('middle', 1, EVERYTHING))
  assert.equal((await again.read('middle', 2, EVERYTHING)).length, 1)
  await rejectsWith('hole', again.open('end'))
})

test('a reader beside a running writer sees its commits, and changes nothing', async (t) => {
  const dir = await folder(t)
  const writer = new StoreProcess(dir, 'write')
  t.after(() => writer.kill())
  assert.equal((await writer.opened).ok, true)
  const reader = await openLmdbReadOnly(dir)
  assert.deepEqual(await reader.rooms(), [])
  for (let head = 1; head <= 20; head++) {
    const appends = [{ room: 'r', expectHead: head - 1, head, term: 0, text: 'z'.repeat(10_000) }]
    await writer.call({ op: 'append', appends })
    assert.equal((await reader.open('r')).head, head)
  }
  assert.equal((await reader.read('r', 0, EVERYTHING)).length, 20)
  const hash = async (): Promise<string> =>
    createHash('sha256')
      .update(await readFile(join(dir, 'data.mdb')))
      .digest('hex')
  const before = await hash()
  await reader.close()
  const second = await openLmdbReadOnly(dir)
  assert.deepEqual(await second.rooms(), ['r'])
  await second.close()
  assert.equal(await hash(), before)
})

test('everything of one turn of the event loop is one transaction', async (t) => {
  const dir = await folder(t)
  const store = await openStore(t, dir)
  const transactions = async (): Promise<number> => {
    const bytes = await readFile(join(dir, 'data.mdb'))
    return Math.max(...[0, 4096].map((meta) => Number(bytes.readBigUInt64LE(meta + 152))))
  }
  const before = await transactions()
  await Promise.all(Array.from({ length: 300 }, (_, i) => store.append([batch(`room-${i}`, 0, 1)])))
  assert.equal(await transactions(), before + 1)
})

test('a failure on a full file system is called a full disk', (t) => {
  const failure = new Error('Input/output error')
  assert.equal(explainCommitError(tmpdir(), failure, 100).code, 'commit-failed')
  if (process.platform !== 'linux') return t.diagnostic('Not run: there is no /proc here')
  // The file system under /proc has no free space, ever.
  assert.equal(explainCommitError('/proc', failure, 100).code, 'disk-full')
})

test("a failed page whose sentence is longer than LMDB's memory for it is told from others", () => {
  const sentence = (end: string): Error =>
    new Error(
      `File too large: Attempting to write page at position 73728, size 4096, blocks 1, buffer sizes 4096 ${end}`,
    )
  assert.equal(isOverrun(sentence('0 0')), false)
  assert.equal(isOverrun(sentence('1075026776 -107502677')), true)
  assert.equal(isOverrun(new Error('Input/output error')), false)
})
