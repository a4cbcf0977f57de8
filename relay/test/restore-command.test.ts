import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { runCli } from '../cli.ts'
import { inspectRooms } from '../inspect.ts'
import { runRestore } from '../restore-command.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'
import { bench, numbers, until } from './core-bench.ts'
import type { Bench } from './core-bench.ts'

const SECRET = new Uint8Array(32).fill(7)

const folder = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'restore-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'batch-secret'), Buffer.from(SECRET).toString('hex'))
  return dir
}

const run = async (...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runRestore(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  })
  return { code, out, err }
}

const write = async (one: Bench, rooms: readonly string[], count: number): Promise<void> => {
  for (const [at, room] of rooms.entries()) {
    const peer = one.peer().hello().join(1, room).open(1, `writer ${at}`)
    await peer.got('opened')
    peer.append(1, numbers(1, count))
  }
  const all = rooms.length * count
  await until(() => one.core.figures().recordsAppended === all, `${all} records`)
}

test('S15: `holdfast restore` lets every room go on under a new epoch, and what was written stays as it was', async (t) => {
  const dir = folder(t)
  const store = await openLmdbStore(dir)
  await write(bench({ store: store as never, batchSecret: SECRET }), ['one', 'two'], 3)
  await store.close()
  const { rooms: before } = await inspectRooms(dir)
  assert.deepEqual(await run('--data', dir), {
    code: 0,
    out: ['2 rooms go on under a new epoch.'],
    err: [],
  })
  const { rooms: after, violations } = await inspectRooms(dir)
  assert.deepEqual(violations, [])
  assert.deepEqual(
    after.map(({ head }) => head),
    [4, 4],
  )
  for (const [at, { epoch }] of after.entries()) assert.notEqual(epoch, before[at]!.epoch)
  const again = await openLmdbStore(dir)
  t.after(() => again.close())
  const one = bench({ store: again as never, batchSecret: SECRET })
  const reader = one.peer().hello().join(1, 'one').pull(0)
  await reader.got('page')
  assert.equal(reader.last('joined').epoch, after[0]!.epoch)
  assert.deepEqual(
    reader.records.map(({ entry }) => entry.kind),
    ['event', 'event', 'event', 'turn'],
  )
})

test('S15: it leaves a store alone that a relay uses, and says what it does not understand', async (t) => {
  const dir = folder(t)
  const store = await openLmdbStore(dir)
  t.after(() => store.close())
  const used = await run('--data', dir)
  assert.equal(used.code, 1)
  assert.match(used.err[0]!, /in use by process/)
  for (const argv of [[], ['--data'], ['--room', 'x'], ['--data', dir, 'more']]) {
    const { code, err } = await run(...argv)
    assert.deepEqual([code, err], [1, ['restore takes --data DIR, and nothing else.']])
  }
  const logged = t.mock.method(console, 'log', () => undefined)
  assert.equal(await runCli(['restore', '--help'], {}), 0)
  assert.match(String(logged.mock.calls[0]!.arguments[0]), /new epoch/)
})

test('S15, S7: a room that cannot be read keeps its epoch, is named, and harms no other', async (t) => {
  const dir = folder(t)
  const store = await openLmdbStore(dir)
  await write(bench({ store: store as never, batchSecret: SECRET }), ['sound'], 2)
  await store.append([
    { room: 'broken', expectHead: 0, head: 1, term: 1, bytes: new Uint8Array([1, 2, 3]) },
  ])
  await store.close()
  const { code, out, err } = await run(`--data=${dir}`)
  assert.equal(code, 2)
  assert.deepEqual(out, ['1 room goes on under a new epoch.'])
  assert.match(err.join('\n'), /^The room broken keeps its epoch: /)
})

test('S14: a secret that is damaged is named, and nothing is done', async (t) => {
  const dir = folder(t)
  await (await openLmdbStore(dir)).close()
  writeFileSync(join(dir, 'batch-secret'), 'not a secret')
  const { code, err } = await run('--data', dir)
  assert.equal(code, 1)
  assert.match(err[0]!, /batch-secret is damaged/)
})
