import assert from 'node:assert/strict'
import childProcess from 'node:child_process'
import { mock, test } from 'node:test'
import { syncBuiltinESMExports } from 'node:module'
import { ownBytes } from '../own-bytes.ts'
import { codeOf, isAlive, jobsBench, parentsOfJobs, untilTrue } from './jobs-bench.ts'

test('J18: no process is started from the thread of the relay’s own loop', async () => {
  const fork = mock.method(childProcess, 'fork')
  syncBuiltinESMExports()
  const { runner } = jobsBench({ places: 1 })
  const pid = await runner.run({ room: 'a', kind: 'pid', input: 1 })
  assert.notEqual(pid, process.pid)
  assert.equal(fork.mock.callCount(), 0)
  await runner.stop()
  mock.restoreAll()
  syncBuiltinESMExports()
})

test('J18: without the process that starts others a job says so, and the next one has both anew', async () => {
  const { runner } = jobsBench({ places: 1 })
  const first = await runner.run({ room: 'a', kind: 'pid', input: 1 })
  const waiting = codeOf(runner.run({ room: 'a', kind: 'silence', input: 1 }))
  const [nursery] = parentsOfJobs()
  process.kill(nursery!, 'SIGKILL')
  assert.equal(await waiting, 'no-process')
  assert.ok(await untilTrue(() => !isAlive(first as number), 2000))
  const second = await runner.run({ room: 'a', kind: 'pid', input: 1 })
  assert.notEqual(second, first)
  await runner.stop()
})

test('J18: of bytes that go between threads nothing but these goes, whatever buffer they are in', async () => {
  const page = Buffer.from('a page of many records, of which one is meant')
  const { value, buffers } = ownBytes({ of: [page.subarray(2, 6), 'text', undefined, 3n] })
  assert.deepEqual(value, { of: [Uint8Array.from(Buffer.from('page')), 'text', undefined, 3n] })
  assert.deepEqual(
    buffers.map(({ byteLength }) => byteLength),
    [4],
  )
  const { runner } = jobsBench({ places: 1 })
  const pages = async function* () {
    yield [page.subarray(2, 6), page.subarray(0, 0)]
    yield [page.subarray(0, 1)]
  }
  const answer = await runner.run({ room: 'a', kind: 'count', input: 1, pages: pages() })
  assert.deepEqual(answer, { bytes: 5 })
  assert.equal(page.toString(), 'a page of many records, of which one is meant')
  await runner.stop()
})
