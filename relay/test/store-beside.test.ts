/* A store that is written to by one process and looked at by others. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readStore } from '../inspect-store.ts'
import { inspectRooms, walkRows } from '../inspect.ts'
import type { Finding } from '../inspect-log.ts'
import { salvageInChild, walkInChild } from '../stores/lmdb-ask.ts'
import { WrittenMeanwhile, readBeside } from '../stores/lmdb-beside.ts'
import { openForWriting } from '../stores/lmdb-file.ts'
import { readBatches } from '../stores/lmdb-read.ts'
import type { Db } from '../stores/lmdb-read.ts'
import { WRITER_KEY, readWriter, writerRow } from '../stores/lmdb-rows.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { StoreError } from '../stores/store.ts'
import type { StoreErrorCode } from '../stores/store.ts'
import { StoreProcess } from '../stores/testing/store-process.ts'
import type { Answer } from '../stores/testing/store-process.ts'
import { DOOR, askToKeep, openDoor } from '../stores/writer-door.ts'

const folder = async (t: TestContext): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-beside-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

const started = async (t: TestContext, dir: string): Promise<StoreProcess> => {
  const writer = new StoreProcess(dir, 'write')
  t.after(() => writer.kill())
  assert.deepEqual(await writer.opened, { ok: true, value: writer.pid })
  return writer
}

const until = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 10_000
  for (; !holds(); await setTimeout(10)) assert.ok(Date.now() < end, 'it never came to be')
}

/** Fills a page of LMDB's in four. */
const textOf = (head: number): string => `${head} ${'x'.repeat(900)}`

const appends = (from: number, through: number, text = textOf) =>
  Array.from({ length: through - from + 1 }, (_, at) => {
    const head = from + at
    return { room: 'r', expectHead: head - 1, head, term: 1, text: text(head) }
  })

const writes = (writer: StoreProcess, from: number, through: number, text = textOf) =>
  writer.call({ op: 'append-each', appends: appends(from, through, text) })

const heads = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1)

const refused = (code: StoreErrorCode, sentence: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError && error.code === code, String(error))
  assert.match(error.message, sentence)
  return true
}

const isRefused = (answer: Answer): boolean => !answer.ok && answer.code === 'in-use'

/** This process stands still, and others go on. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Reads rows one by one, and stands still behind the first one while the writer makes a commit for each of 100 more. */
const readSlowly = (writer: StoreProcess, written: { last?: Promise<Answer> }) => (db: Db) => {
  const texts: string[] = []
  for (const { value } of db.getRange({ start: Buffer.from([0x10]), end: Buffer.from([0x11]) })) {
    texts.push(value.toString('utf8', 20))
    if (texts.length > 1) continue
    written.last = writes(writer, 61, 160, String)
    standStill(1500)
  }
  return texts
}

test('A12, S3: who comes to read beside a writer, and goes, takes none of its commits away', async (t) => {
  const dir = await folder(t)
  const writer = await started(t, dir)
  let isOver = false
  const written = writes(writer, 1, 1500).finally(() => (isOver = true))
  let looks = 0
  const look = async (): Promise<void> => {
    for (; !isOver; looks++) assert.equal((await walkInChild(dir)).type, 'walked')
  }
  await Promise.all([look(), look(), look()])
  assert.deepEqual(await written, { ok: true, value: 1500 })
  t.diagnostic(`${looks} looks`)
  assert.ok(looks >= 3)
  await writer.kill()
  const batches = await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))
  assert.deepEqual(
    batches.map(({ bytes }) => Buffer.from(bytes).toString()),
    heads(1500).map(textOf),
  )
})

test('A12: who reads beside a writer has not its lock file, only the file with the rows', async (t) => {
  if (process.platform !== 'linux') return t.diagnostic('Not run: there is no /proc here')
  const dir = await folder(t)
  const writer = await started(t, dir)
  await writes(writer, 1, 3)
  const maps = await readBeside(dir, () => readFileSync('/proc/self/maps', 'utf8'))
  assert.ok(maps.includes(`${dir}/data.mdb`))
  assert.ok(!maps.includes(`${dir}/lock.mdb`))
})

test('A12: a page that somebody reads is written over when he is done, and not before', async (t) => {
  const dir = await folder(t)
  const writer = await started(t, dir)
  await writes(writer, 1, 60)
  const written: { last?: Promise<Answer> } = {}
  const texts = await readBeside(dir, readSlowly(writer, written))
  assert.deepEqual(texts, heads(60).map(textOf))
  assert.deepEqual(await written.last, { ok: true, value: 100 })
  const all = await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))
  assert.equal(all.length, 160)
})

test('A12: what was read while nobody kept its pages is not given out once it was written to', async (t) => {
  const dir = await folder(t)
  const writer = await started(t, dir)
  await writes(writer, 1, 60)
  await rm(join(dir, DOOR))
  assert.equal((await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))).length, 60)
  const written: { last?: Promise<Answer> } = {}
  const reading = readBeside(dir, readSlowly(writer, written))
  await assert.rejects(
    reading,
    refused('unreadable-store', /written to meanwhile: read it again\.$/),
  )
  assert.deepEqual(await written.last, { ok: true, value: 100 })
})

test('A12: a writer whose process cannot be seen, as in another container, lives as long as it answers', async (t) => {
  const dir = await folder(t)
  const store = await openLmdbStore(dir)
  const db = openForWriting(dir)
  const { value, version } = db.getEntry(WRITER_KEY)!
  const elsewhere = { ...JSON.parse(readWriter(value)), pidNamespace: 'another' }
  await db.put(WRITER_KEY, writerRow(JSON.stringify(elsewhere)).value, version!)
  const second = new StoreProcess(dir, 'write')
  t.after(() => second.kill())
  assert.ok(isRefused(await second.opened))
  await store.append([{ room: 'r', expectHead: 0, head: 1, term: 1, bytes: Buffer.from('x') }])
  await store.close()
  assert.ok(!existsSync(join(dir, DOOR)), 'who closes leaves no socket')
  await started(t, dir)
})

test('A12: the socket of a dead writer keeps nobody out, and lets one of many in', async (t) => {
  const dir = await folder(t)
  await (await started(t, dir)).kill()
  assert.ok(existsSync(join(dir, DOOR)))
  const writers = [1, 2, 3].map(() => new StoreProcess(dir, 'write'))
  for (const writer of writers) t.after(() => writer.kill())
  const answers = await Promise.all(writers.map(({ opened }) => opened))
  assert.equal(answers.filter(({ ok }) => ok).length, 1)
  assert.equal(answers.filter(isRefused).length, 2)
})

test('A12: a folder whose name is too long for a socket is guarded like any other', async (t) => {
  const dir = join(await folder(t), 'long'.repeat(40))
  const writer = await started(t, dir)
  await writes(writer, 1, 60)
  const second = new StoreProcess(dir, 'write')
  t.after(() => second.kill())
  assert.ok(isRefused(await second.opened))
  const written: { last?: Promise<Answer> } = {}
  const texts = await readBeside(dir, readSlowly(writer, written))
  assert.deepEqual(texts, heads(60).map(textOf))
})

test('A12: where a folder takes no socket the writer’s row alone keeps a second one out', async (t) => {
  const dir = await folder(t)
  mkdirSync(join(dir, DOOR))
  const writer = await started(t, dir)
  await writes(writer, 1, 3)
  const second = new StoreProcess(dir, 'write')
  t.after(() => second.kill())
  assert.ok(isRefused(await second.opened))
  assert.equal((await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))).length, 3)
})

test('A12: what is kept for somebody is let go of when he ends, is killed, or the writer rests', async (t) => {
  const dir = await folder(t)
  const door = await openDoor(dir, assert.fail)
  t.after(() => door.close())
  assert.equal(await askToKeep(dir), undefined, 'nothing is kept before it serves')
  let keptFor = 0
  const keep = (): (() => void) => {
    keptFor++
    return () => void keptFor--
  }
  const serve = (): void => door.serve({ keep, latest: () => 7 })
  serve()
  const one = await askToKeep(dir)
  const other = await askToKeep(dir)
  assert.deepEqual([one?.commit, await other?.latest(), keptFor], [7, 7, 2])
  one?.close()
  await until(() => keptFor === 1)
  const script = `require('node:net').connect(${JSON.stringify(join(dir, DOOR))})`
  const killed = spawn(process.execPath, ['-e', script])
  await until(() => keptFor === 2)
  killed.kill('SIGKILL')
  await until(() => keptFor === 1)
  door.rest()
  assert.equal(keptFor, 0)
  assert.equal(await other?.latest(), undefined)
  serve()
  const many = await Promise.all(Array.from({ length: 40 }, () => askToKeep(dir)))
  assert.equal(keptFor, 32, 'LMDB has not places for any number')
  assert.equal(many.filter((kept) => kept !== undefined).length, 32)
  for (const kept of many) kept?.close()
})

test('A12: a store that is read in its writer’s own process is locked as before', async (t) => {
  if (process.platform !== 'linux') return t.diagnostic('Not run: there is no /proc here')
  const dir = await folder(t)
  const store = await openLmdbStore(dir)
  t.after(() => store.close())
  await store.append([{ room: 'r', expectHead: 0, head: 1, term: 1, bytes: Buffer.from('x') }])
  const { ino } = statSync(join(dir, 'lock.mdb'))
  const locks = (): number =>
    readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `)).length
  const before = locks()
  assert.ok(before > 0)
  assert.equal((await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))).length, 1)
  await assert.rejects(inspectRooms(join(dir, 'none')))
  assert.equal((await inspectRooms(dir)).violations[0]?.violation, 'unreadable-batch')
  assert.equal(locks(), before)
})

test('A12: of a room nothing is printed that was read of pages which were written over', async (t) => {
  const dir = await folder(t)
  const writer = await started(t, dir)
  await writes(writer, 1, 60)
  const rows = await readStore(dir, (witness) => [...witness.rows('r')])
  const found: Finding[] = []
  const walk = (checkSteady: () => Promise<void>): Promise<boolean> =>
    walkRows({ rows: () => rows, checkSteady }, 'r', (finding) => void found.push(finding))
  const written = new WrittenMeanwhile(dir)
  await assert.rejects(
    walk(() => Promise.reject(written)),
    written,
  )
  assert.deepEqual(found, [])
  assert.ok(await walk(() => Promise.resolve()))
  assert.equal(found.length, 1, 'which are no batches of ours')
})

test('A12: a second writer is refused also where the first has no socket and writes all the time', async (t) => {
  const dir = await folder(t)
  mkdirSync(join(dir, DOOR))
  const writer = await started(t, dir)
  const written = writes(writer, 1, 2000)
  for (let look = 0; look < 3; look++) {
    const second = new StoreProcess(dir, 'write')
    assert.ok(isRefused(await second.opened), JSON.stringify(await second.opened))
    await second.kill()
  }
  assert.deepEqual(await written, { ok: true, value: 2000 })
})

test('A12: where there is no temporary folder a store is opened and read all the same', async (t) => {
  const dir = await folder(t)
  await (await openLmdbStore(dir)).close()
  const before = process.env['TMPDIR']
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  process.env['TMPDIR'] = '/dev/null'
  const store = await openLmdbStore(dir)
  await store.append([{ room: 'r', expectHead: 0, head: 1, term: 1, bytes: Buffer.from('x') }])
  assert.equal((await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))).length, 1)
  await store.close()
  assert.equal((await readBeside(dir, (db) => readBatches(db, 'r', 0, Infinity))).length, 1)
  assert.deepEqual(readdirSync(dir).toSorted(), ['data.mdb', 'lock.mdb'])
})

test('A12, A7: a store that somebody writes to is neither read for damage nor salvaged', async (t) => {
  const dir = await folder(t)
  const store = await openLmdbStore(dir)
  t.after(() => store.close())
  const db = openForWriting(dir)
  const { value, version } = db.getEntry(WRITER_KEY)!
  const elsewhere = { ...JSON.parse(readWriter(value)), pidNamespace: 'another' }
  await db.put(WRITER_KEY, writerRow(JSON.stringify(elsewhere)).value, version!)
  const inUse = refused('in-use', /is in use by process \d+\.$/)
  await assert.rejects(walkInChild(dir, { isOurs: true }), inUse)
  await assert.rejects(salvageInChild(dir, { now: 0, isBroken: true }), inUse)
  assert.deepEqual(readdirSync(dir).toSorted(), ['data.mdb', 'lock.mdb', DOOR])
})
