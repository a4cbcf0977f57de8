import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCli } from '../cli.ts'
import { runDelete } from '../delete-command.ts'
import { runInspect } from '../inspect-command.ts'
import { openLmdbStore } from '../stores/lmdb-store.ts'

const run = async (...argv: string[]): Promise<[number, string[], string[]]> => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runDelete(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  })
  return [code, out, err]
}

/** `holdfast inspect` of the whole store, and of the one room. */
const tellsDeleted = async (dir: string): Promise<void> => {
  const [out, err]: [string[], string[]] = [[], []]
  const printer = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) }
  const lineOf = (): string => {
    const line = out.find((each) => each.startsWith('{"room":"gone",')) ?? assert.fail('not told')
    const { deletedAtMs, sentence } = JSON.parse(line) as Record<string, unknown>
    assert.ok(Math.abs(Date.now() - Number(deletedAtMs)) < 60_000, line)
    assert.equal(sentence, `it was deleted on ${new Date(Number(deletedAtMs)).toISOString()}`)
    return line
  }
  await runInspect(['--data', dir], printer)
  assert.deepEqual(
    out.map((line) => (JSON.parse(line) as { room: string }).room),
    // The bytes of this test are no batch, which is said of the room that stays.
    ['stays', 'gone', 'stays'],
  )
  const line = lineOf()
  out.length = 0
  assert.equal(await runInspect(['--data', dir, '--room', 'gone'], printer), 1)
  assert.deepEqual(out, [line])
  assert.match(
    err.join(),
    /^There is no room "gone" in .* any more: it was deleted on 20\d\d-\S+Z\.$/,
  )
  out.length = 0
  assert.equal(await runInspect(['--data', dir, '--room', 'gone', '--update'], printer), 1)
  assert.deepEqual(out, [])
}

test('S17: `holdfast delete` deletes one room of a store that no relay uses, and says so', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'delete-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const store = await openLmdbStore(dir)
  const bytes = new Uint8Array([1])
  await store.append([
    { room: 'gone', expectHead: 0, head: 3, term: 1, bytes },
    { room: 'stays', expectHead: 0, head: 1, term: 1, bytes },
  ])
  const [inUse, , why] = await run('--data', dir, '--room', 'gone')
  assert.equal(inUse, 1)
  assert.match(why[0]!, /in use by process/)
  await store.close()
  assert.deepEqual(await run('--data', dir, '--room', 'gone'), [
    0,
    ['The room gone is deleted, with 3 records.'],
    [],
  ])
  assert.deepEqual(await run(`--data=${dir}`, '--room=gone'), [1, [], ['There is no room gone.']])
  await tellsDeleted(dir)
  const after = await openLmdbStore(dir)
  t.after(() => after.close())
  assert.equal((await after.open('stays')).head, 1)
  assert.deepEqual(await after.rooms(), ['stays'])
})

test('S17: it makes no store where there is none, and says what it does not understand', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'delete-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  assert.deepEqual(await run('--data', dir, '--room', 'x'), [
    1,
    [],
    [`There is no store in ${dir}.`],
  ])
  assert.ok(!existsSync(join(dir, 'data.mdb')))
  const wrong: [string[], RegExp][] = [
    [[], /needs --data DIR and --room ROOM/],
    [['--data', dir], /needs --data DIR and --room ROOM/],
    [['--data', dir, '--room', 'a/b'], /No room can have the name "a\/b"/],
    [['--data', dir, '--room'], /--room needs a value/],
    [['--all'], /takes --data DIR and --room ROOM/],
  ]
  for (const [argv, sentence] of wrong) {
    const [code, , err] = await run(...argv)
    assert.equal(code, 1)
    assert.match(err[0]!, sentence)
  }
  const logged = t.mock.method(console, 'log', () => undefined)
  assert.equal(await runCli(['delete', '--help'], {}), 0)
  assert.match(String(logged.mock.calls[0]!.arguments[0]), /for good/)
})
