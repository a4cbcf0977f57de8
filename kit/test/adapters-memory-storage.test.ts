import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Author, EntryHash, RoomName } from '../../protocol/index.ts'
import { MemoryDisk, MemoryStorage } from '../adapters/memory-storage.ts'
import type { KeptRoom, OutboxRow, RoomChange, StorageResult } from '../ports.ts'
import { storageContract } from '../testing/storage-contract.ts'

storageContract(
  'memory',
  () => {
    const disk = new MemoryDisk()
    return { open: () => new MemoryStorage({ disk }) }
  },
  (title, run) => void test(title, run),
)

const NOTES = 'notes' as RoomName
const row = (seq: number): OutboxRow => ({
  author: 'a'.repeat(32) as Author,
  seq,
  order: seq,
  user: 'alice',
  proof: new Uint8Array([1]),
  bytes: new Uint8Array([seq]),
  hash: 'f'.repeat(32) as EntryHash,
  mintedAtMs: 0,
})

const answerTo = <Value>(
  call: (done: (result: StorageResult<Value>) => void) => void,
): Promise<StorageResult<Value>> => new Promise(call)

const commit = (storage: MemoryStorage, change: RoomChange): Promise<string> =>
  answerTo<string>((done) => storage.commit(NOTES, change, done)).then((result) =>
    result.ok ? result.value : result.failure.code,
  )

const keptSeqs = async (storage: MemoryStorage): Promise<number[]> => {
  const result = await answerTo<KeptRoom>((done) => storage.load(NOTES, done))
  assert.ok(result.ok)
  return result.value.rows.map(({ seq }) => seq)
}

/** Everything that was put off until now has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a commit that was told to fail keeps nothing, and the next one works', async () => {
  const storage = new MemoryStorage()
  storage.failNextCommit('quota')
  assert.equal(await commit(storage, { putRows: [row(1)] }), 'quota')
  assert.deepEqual(await keptSeqs(storage), [])
  assert.equal(await commit(storage, { putRows: [row(2)] }), 'committed')
  assert.deepEqual(await keptSeqs(storage), [2])
})

test('a storage that broke down fails every call until it is repaired', async () => {
  const storage = new MemoryStorage()
  storage.breakDown('unavailable')
  const load = await answerTo<KeptRoom>((done) => storage.load(NOTES, done))
  assert.ok(!load.ok && load.failure.code === 'unavailable')
  assert.equal(await commit(storage, { putRows: [row(1)] }), 'unavailable')
  storage.repair()
  assert.equal(await commit(storage, { putRows: [row(1)] }), 'committed')
})

test('a held call happens when it is released, and never when the page ends before', async () => {
  const disk = new MemoryDisk()
  const page = new MemoryStorage({ disk })
  page.hold()
  const answers: string[] = []
  void commit(page, { putRows: [row(1)] }).then((answer) => answers.push(answer))
  void commit(page, { putRows: [row(2)] }).then((answer) => answers.push(answer))
  await settled()
  assert.deepEqual(answers, [])
  assert.equal(page.waitingCount, 2)
  assert.deepEqual(await keptSeqs(new MemoryStorage({ disk })), [])
  page.release()
  await settled()
  assert.deepEqual(answers, ['committed', 'committed'])
  assert.deepEqual(await keptSeqs(new MemoryStorage({ disk })), [1, 2])
})

test('a wiped disk tells every page, answers what was under way, and works on', async () => {
  const disk = new MemoryDisk()
  const [one, other] = [new MemoryStorage({ disk }), new MemoryStorage({ disk })]
  const lost: string[] = []
  one.onLost(() => lost.push('one'))
  const stop = other.onLost(() => lost.push('never'))
  other.onLost(() => lost.push('other'))
  stop()
  await commit(one, { putRows: [row(1)] })
  one.hold()
  const underWay = commit(one, { putRows: [row(2)] })
  disk.wipe()
  assert.equal(await underWay, 'closed')
  await settled()
  assert.deepEqual(lost, ['one', 'other'])
  one.release()
  assert.deepEqual(await keptSeqs(one), [])
  assert.equal(await commit(one, { putRows: [row(3)] }), 'committed')
})

test('nothing happens but through `later`', async () => {
  const tasks: (() => void)[] = []
  const storage = new MemoryStorage({ later: (task) => tasks.push(task) })
  const answers: string[] = []
  void commit(storage, { putRows: [row(1)] }).then((answer) => answers.push(answer))
  await settled()
  assert.deepEqual(answers, [])
  for (const task of tasks.splice(0)) task()
  await settled()
  assert.deepEqual(answers, ['committed'])
})
