import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import * as Y from 'yjs'
import { runCli } from '../cli.ts'
import { contentOf, docOf, everything, exported, folder, relayOn, write } from './transfer-scene.ts'

const LIMIT = { timeout: 120_000 }

test(
  'A9: a room’s document is exported from a relay, beside it, and without it',
  LIMIT,
  async (t) => {
    const dir = folder(t)
    const { relay, url } = await relayOn(t, dir)
    const written = await write(url, 'notes', everything)
    const asked = [
      ['--url', url],
      ['--url', url.replace('http', 'ws')],
      ['--data', dir],
    ]
    for (const place of asked) {
      const { code, out, err } = await exported('notes', ...place)
      assert.deepEqual([code, err], [0, ''], String(place))
      const copy = docOf(out)
      assert.deepEqual(contentOf(copy), contentOf(written))
      assert.ok(Y.equalSnapshots(Y.snapshot(copy), Y.snapshot(written)))
    }
    await relay.close({ withinMs: 200 })
    const file = join(folder(t), 'notes.yjs')
    assert.deepEqual((await exported('--data', dir, '--out', file, 'notes')).err, '')
    assert.deepEqual(contentOf(docOf(readFileSync(file))), contentOf(written))
  },
)

test('A9: as JSON it has the update and, for people, what is in it', LIMIT, async (t) => {
  const dir = folder(t)
  const { url } = await relayOn(t, dir)
  const written = await write(url, 'notes', everything)
  const file = join(folder(t), 'notes.json')
  writeFileSync(file, 'what was there before')
  const { code } = await exported('notes', `--data=${dir}`, '--format=json', `--out=${file}`)
  assert.equal(code, 0)
  const { room, through, update, types } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly room: string
    readonly through: number
    readonly update: string
    readonly types: Record<string, Record<string, unknown>>
  }
  assert.equal(room, 'notes')
  assert.ok(through >= 2)
  assert.deepEqual(contentOf(docOf(Buffer.from(update, 'base64'))), contentOf(written))
  assert.deepEqual(types['text'], { kind: 'text', text: 'Hello bold d 😀' })
  assert.equal(types['page']?.['text'], 'In a paragraph')
  assert.deepEqual(types['map']?.['value'], { nested: { n: 1 }, bytes: { base64: 'AQID' } })
})

test(
  'A9: what cannot be exported is said in a line with a code, and no file is left',
  LIMIT,
  async (t) => {
    const [dir, outDir] = [folder(t), folder(t)]
    const { relay, url } = await relayOn(t, dir, {
      authorize: (token) => ({ user: 'x', read: token !== '', write: token !== '' }),
    })
    const stranger = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    t.after(() => stranger.close().closeAllConnections())
    const { port } = stranger.address() as AddressInfo
    const file = join(outDir, 'file')
    const cases: [string[], RegExp][] = [
      [['nobody', '--data', dir], /^no-room: There is no room nobody\.$/],
      [['nobody', '--url', url, '--token', 'x'], /^no-room: There is no room nobody\.$/],
      [['nobody', '--url', url], /^forbidden: You may not read this room\.$/],
      [['nobody', '--data', outDir], /^unreadable-store: /],
      [['nobody', '--url', `http://127.0.0.1:${port}`], /^unreachable: .* is no relay that/],
      [['nobody', '--url', 'http://127.0.0.1:1'], /^unreachable: .* does not answer: /],
      [['nobody', '--url', 'file:///tmp'], /^bad-url: /],
      [['nobody', '--url', 'nonsense'], /^bad-url: /],
      [['a/b', '--data', dir], /^bad-room-name: No room can have the name "a\/b"\.$/],
      [['--data', dir], /^bad-option: export needs a ROOM\.$/],
      [['one', 'two', '--data', dir], /^bad-option: export takes one ROOM\.$/],
      [['one'], /^bad-option: export needs either --data DIR or --url URL\.$/],
      [['one', '--data', dir, '--url', url], /^bad-option: export needs either/],
      [['one', '--data', dir, '--token', 'x'], /^bad-option: --token goes with --url\.$/],
      [['one', '--data='], /^bad-option: The option --data needs a value\.$/],
      [
        ['one', '--all'],
        /^bad-option: export knows --data, --url, --token, --out, --format, and no/,
      ],
      [['one', '--data', dir, '--format', 'xml'], /^bad-option: --format is update or json\.$/],
    ]
    for (const [argv, line] of cases) {
      const { code, out, err } = await exported(...argv, `--out=${file}`)
      assert.deepEqual([code, out.length], [1, 0], String(argv))
      assert.match(err, line)
    }
    assert.deepEqual(readdirSync(outDir), [])
    await relay.close({ withinMs: 200 })
    const open = await relayOn(t, dir)
    await write(open.url, 'gone', everything)
    mkdirSync(join(outDir, 'folder'))
    const onFolder = await exported('gone', '--data', dir, '--out', join(outDir, 'folder'))
    assert.match(onFolder.err, /^unwritable-file: .*folder cannot be written: EISDIR\.$/)
    assert.deepEqual(readdirSync(outDir), ['folder'])
    assert.equal(await open.relay.deleteRoom('gone'), true)
    for (const place of [
      ['--url', open.url],
      ['--data', dir],
    ]) {
      const gone = await exported('gone', ...place)
      assert.deepEqual([gone.code, gone.err], [1, 'room-deleted: This room was deleted.'])
    }
    const logged = t.mock.method(console, 'log', () => undefined)
    assert.equal(await runCli(['export', '--help'], {}), 0)
    assert.match(String(logged.mock.calls[0]!.arguments[0]), /Usage: holdfast export ROOM/)
  },
)
