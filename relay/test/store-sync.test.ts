/** A real store over a disk that a test holds back or lets fail, seen from a second process as well. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { StoreProcess } from '../stores/testing/store-process.ts'
import { SyncShim } from '../stores/testing/sync-shim.ts'

const append = (room: string, expectHead: number, head: number) => ({
  room,
  expectHead,
  head,
  term: 0,
  text: 'x',
})
/** A store that never answers is a failure, not a long test. */
const TIMED = { timeout: 30_000 }
const TAKEN = { ok: true, value: [{ ok: true }] }

type Scene = { shim: SyncShim; writer: StoreProcess; reader: StoreProcess; dir: string }

/** The store has one batch in room `r` before the test begins. */
async function withShim(t: TestContext, run: (scene: Scene) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-sync-'))
  t.after(() => rm(dir, { recursive: true }))
  const shim = await SyncShim.build(join(dir, 'shim'))
  if (typeof shim === 'string') {
    t.diagnostic(`Not run: ${shim}`)
    return
  }
  const data = join(dir, 'data')
  const writer = new StoreProcess(data, 'write', shim.env)
  t.after(() => writer.kill())
  assert.equal((await writer.opened).ok, true)
  const reader = new StoreProcess(data, 'read-only')
  t.after(() => reader.kill())
  assert.equal((await reader.opened).ok, true)
  assert.deepEqual(await writer.call({ op: 'append', appends: [append('r', 0, 1)] }), TAKEN)
  await run({ shim, writer, reader, dir: data })
}

async function expectHeads(process: StoreProcess, room: string, heads: number[]): Promise<void> {
  assert.deepEqual(await process.call({ op: 'heads', room }), { ok: true, value: heads })
}

for (const call of ['sync', 'meta'] as const) {
  test(
    `while the ${call === 'sync' ? 'sync' : 'last write'} of a commit is held back, nothing resolves and nothing is readable`,
    TIMED,
    async (t) => {
      await withShim(t, async ({ shim, writer, reader, dir }) => {
        await shim.start(`hold-${call}`)
        let isResolved = false
        const appended = writer.call({
          op: 'append',
          appends: [append('r', 1, 2), append('s', 0, 1)],
        })
        const watched = appended.then((answer) => {
          isResolved = true
          return answer
        })
        await shim.held()
        for (const process of [writer, reader]) {
          await expectHeads(process, 'r', [1])
          await expectHeads(process, 's', [])
          assert.deepEqual(await process.call({ op: 'rooms' }), { ok: true, value: ['r'] })
          const { value } = (await process.call({ op: 'open', room: 'r' })) as {
            value: { head: number }
          }
          assert.equal(value.head, 1)
        }
        // Ten round trips to the writer later it has had every chance to answer.
        for (let i = 0; i < 10; i++) await expectHeads(writer, 'r', [1])
        assert.equal(isResolved, false)
        if (call === 'sync') {
          const newcomer = new StoreProcess(dir, 'read-only')
          t.after(() => newcomer.kill())
          await expectHeads(newcomer, 'r', [1])
        }
        await shim.stop(`hold-${call}`)
        assert.deepEqual(await watched, { ok: true, value: [{ ok: true }, { ok: true }] })
        for (const process of [writer, reader]) {
          await expectHeads(process, 'r', [1, 2])
          await expectHeads(process, 's', [1])
        }
      })
    },
  )
}

for (const [fault, what] of [
  ['fail-sync', 'sync fails'],
  ['fail-meta', 'last write fails'],
  ['fail-late', 'last write fails when it is in the file already'],
] as const) {
  test(
    `a commit whose ${what} rejects, is never readable, and the next one works`,
    TIMED,
    async (t) => {
      await withShim(t, async ({ shim, writer, reader, dir }) => {
        await shim.start(fault)
        const failed = await Promise.all([
          writer.call({ op: 'append', appends: [append('r', 1, 2)] }),
          writer.call({ op: 'append', appends: [append('s', 0, 1)] }),
        ])
        assert.equal(await shim.isArmed(fault), false)
        // Both lines may have been read in one turn of the writer or in two.
        const [first] = failed
        assert.ok(!first.ok && first.code === 'commit-failed', JSON.stringify(first))
        for (const process of [writer, reader]) await expectHeads(process, 'r', [1])
        const next = await writer.call({
          op: 'append',
          appends: [append('r', 1, 2), append('t', 0, 1)],
        })
        assert.deepEqual(next, { ok: true, value: [{ ok: true }, { ok: true }] })
        for (const process of [writer, reader]) {
          await expectHeads(process, 'r', [1, 2])
          await expectHeads(process, 't', [1])
        }
        assert.doesNotMatch(writer.stderr, /unhandled/i)
        await writer.kill()
        const again = new StoreProcess(dir, 'write')
        t.after(() => again.kill())
        await expectHeads(again, 'r', [1, 2])
        await expectHeads(again, 't', [1])
      })
    },
  )
}

test('while a new store is not on disk, there is no file of its name', TIMED, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-sync-'))
  t.after(() => rm(dir, { recursive: true }))
  const shim = await SyncShim.build(join(dir, 'shim'))
  if (typeof shim === 'string') {
    t.diagnostic(`Not run: ${shim}`)
    return
  }
  const data = join(dir, 'data')
  for (const call of ['hold-sync', 'hold-meta'] as const) {
    await shim.start(call)
    const writer = new StoreProcess(data, 'write', shim.env)
    t.after(() => writer.kill())
    await shim.held()
    assert.deepEqual(
      (await readdir(data)).filter((name) => name === 'data.mdb'),
      [],
    )
    await writer.kill()
    await shim.stop(call)
  }
  const writer = new StoreProcess(data, 'write', shim.env)
  t.after(() => writer.kill())
  assert.equal((await writer.opened).ok, true)
  assert.deepEqual(await writer.call({ op: 'append', appends: [append('r', 0, 1)] }), TAKEN)
})
