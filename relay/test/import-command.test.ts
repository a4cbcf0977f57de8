import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { runCli } from '../cli.ts'
import { inspectRoom } from '../inspect.ts'
import {
  contentOf,
  docOf,
  everything,
  exported,
  folder,
  imported,
  relayOn,
  write,
} from './transfer-scene.ts'

const LIMIT = { timeout: 180_000 }

const updateOf = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc()
  edit(doc)
  return Y.encodeStateAsUpdate(doc)
}

/** Garbage of so many Yjs clients. */
const crowd = (clients: number): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, clients)
    for (let client = 1; client <= clients; client++) {
      for (const number of [1, client, 0, 0, 1]) encoding.writeVarUint(encoder, number)
    }
    encoding.writeVarUint(encoder, 0)
  })

const isSame = (one: Y.Doc, other: Y.Doc): void => {
  assert.deepEqual(contentOf(one), contentOf(other))
  assert.ok(Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other)))
}

test(
  'A10: what is exported of one room is the same in another one, at a relay and in a folder',
  LIMIT,
  async (t) => {
    const dir = folder(t)
    const file = join(folder(t), 'notes.yjs')
    const { relay, url } = await relayOn(t, dir)
    const written = await write(url, 'notes', everything)
    assert.equal((await exported('notes', '--url', url, '--out', file)).code, 0)
    const first = await imported('copy', file, '--url', url)
    assert.deepEqual([first.code, first.err], [0, ''])
    assert.equal(String(first.out), `${file} is in the room copy, by 1 record.`)
    isSame(docOf((await exported('copy', '--url', url)).out), written)
    await relay.close({ withinMs: 200 })
    const second = await imported('third', file, '--data', dir)
    assert.deepEqual([second.code, second.err], [0, ''])
    isSame(docOf((await exported('third', '--data', dir)).out), written)
    assert.equal((await inspectRoom(dir, 'third')).length, 1)
  },
)

test(
  'A10: to import a file twice writes nothing, also into a room that went on',
  LIMIT,
  async (t) => {
    const dir = folder(t)
    const file = join(folder(t), 'notes.yjs')
    writeFileSync(file, updateOf(everything))
    const { relay, url } = await relayOn(t, dir)
    await write(url, 'notes', (doc) => doc.getText('other').insert(0, 'was there'))
    const before = (await inspectRoom(dir, 'notes')).length
    assert.equal((await imported('notes', file, '--url', url)).code, 0)
    assert.equal((await inspectRoom(dir, 'notes')).length, before + 1)
    await write(url, 'notes', (doc) => doc.getText('text').insert(0, 'On it goes. '))
    const records = await inspectRoom(dir, 'notes')
    const again = await imported('notes', file, '--url', url)
    assert.deepEqual([again.code, again.err], [0, ''])
    assert.match(String(again.out), /has all that is in .* already\. Nothing was written\.$/)
    await relay.close({ withinMs: 200 })
    assert.equal((await imported('notes', file, '--data', dir)).code, 0)
    assert.deepEqual(await inspectRoom(dir, 'notes'), records)
    const now = docOf((await exported('notes', '--data', dir)).out)
    assert.match(now.getText('text').toJSON(), /On it goes\. /)
    assert.equal(now.getText('other').toJSON(), 'was there')
  },
)

test('A10: a file that is larger than an entry comes in pieces', LIMIT, async (t) => {
  const dir = folder(t)
  const file = join(folder(t), 'long.yjs')
  const doc = new Y.Doc()
  const text = doc.getText('text')
  text.insert(0, 'A long paste. '.repeat(700_000))
  text.delete(100, 1000)
  const other = docOf(Y.encodeStateAsUpdate(doc))
  for (let n = 0; n < 300; n++)
    other.getText('text').insert(n * 50, `${n}`.repeat(3), { bold: true })
  writeFileSync(file, Y.encodeStateAsUpdate(other))
  const { url } = await relayOn(t, dir)
  const { code, out, err } = await imported('long', file, '--url', url)
  assert.deepEqual([code, err], [0, ''])
  const records = await inspectRoom(dir, 'long')
  assert.ok(records.length >= 3, String(out))
  assert.ok(records.every(({ bytes }) => bytes <= 4 * 1024 * 1024))
  isSame(docOf((await exported('long', '--url', url)).out), other)
  await imported('long', file, '--url', url)
  assert.equal((await inspectRoom(dir, 'long')).length, records.length)
})

test('A10: a file of format V2 is imported as well', LIMIT, async (t) => {
  const dir = folder(t)
  const file = join(folder(t), 'notes.yjs')
  const doc = docOf(updateOf(everything))
  writeFileSync(file, Y.encodeStateAsUpdateV2(doc))
  const { url } = await relayOn(t, dir)
  assert.equal((await imported('notes', file, '--url', url)).code, 0)
  isSame(docOf((await exported('notes', '--url', url)).out), doc)
})

test(
  'A10: what no room takes is refused with a code before anything is written',
  LIMIT,
  async (t) => {
    const [dir, files] = [folder(t), folder(t)]
    const { relay, url } = await relayOn(t, dir)
    const put = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(files, name), bytes)
      return join(files, name)
    }
    const whole = updateOf(everything)
    const grown = docOf(whole)
    grown.getText('text').insert(3, 'more')
    const huge = put('huge', whole)
    truncateSync(huge, 64 * 1024 * 1024 + 1)
    mkdirSync(join(files, 'folder'))
    let deep: unknown = 1
    for (let n = 0; n < 300; n++) deep = [deep]
    const file = put('whole', whole)
    const cases: [string, RegExp][] = [
      [join(files, 'none'), /^no-file: There is no file .*none\.$/],
      [join(files, 'folder'), /^no-file: .*folder is a folder\.$/],
      [put('empty', new Uint8Array()), /^empty-file: .*empty is empty\.$/],
      [huge, /^too-large: .*huge has 67108865 bytes; import takes at most 67108864\.$/],
      [put('damaged', whole.subarray(0, -2)), /^malformed-update: The file is no Yjs update/],
      [put('text', Buffer.from('{"room": "notes"}')), /^malformed-update: /],
      [
        put('part', Y.encodeStateAsUpdate(grown, Y.encodeStateVector(docOf(whole)))),
        /^missing-dependency: .* export the whole document/,
      ],
      [
        put(
          'value',
          updateOf((doc) => doc.getMap('map').set('file', new Uint8Array(4_200_000))),
        ),
        /^too-large: .* value of 42\d{5} bytes that cannot be cut; a room takes at most 4193280 in one piece\.$/,
      ],
      [put('crowd', crowd(16_385)), /^poisonous-update: The relay would refuse a part of this/],
      [
        put(
          'deep',
          updateOf((doc) => doc.getMap('map').set('x', deep)),
        ),
        /^poisonous-update: /,
      ],
    ]
    for (const [path, line] of cases) {
      const { code, err } = await imported('notes', path, '--url', url)
      assert.equal(code, 1, path)
      assert.match(err, line)
    }
    const inUse = await imported('notes', file, '--data', dir)
    assert.equal(inUse.code, 1)
    assert.match(inUse.err, /^in-use: .* in use by process/)
    await write(url, 'gone', everything)
    assert.equal(await relay.deleteRoom('gone'), true)
    const gone = await imported('gone', file, '--url', url)
    assert.deepEqual([gone.code, gone.err], [1, 'room-deleted: This room was deleted.'])
    await relay.close({ withinMs: 200 })
    assert.equal((await imported('gone', file, '--data', dir)).err, gone.err)
    assert.match(
      (await imported('notes', file, '--data', files)).err,
      /^unreadable-store: There is no/,
    )
    assert.match((await imported('notes', file, '--url', url)).err, /^unreachable: /)
    assert.match(
      (await imported('notes', '--url', url)).err,
      /^bad-option: import takes a ROOM and/,
    )
    assert.match((await exported('notes', '--data', dir)).err, /^no-room: /)
    assert.deepEqual(readFileSync(file), Buffer.from(whole))
    const logged = t.mock.method(console, 'log', () => undefined)
    assert.equal(await runCli(['import', '--help'], {}), 0)
    assert.match(String(logged.mock.calls[0]!.arguments[0]), /Usage: holdfast import ROOM FILE/)
  },
)

test(
  'A10, W18: it goes in as somebody who may write in the room, or not at all',
  LIMIT,
  async (t) => {
    const dir = folder(t)
    const file = join(folder(t), 'notes.yjs')
    writeFileSync(file, updateOf(everything))
    const { url } = await relayOn(t, dir, {
      authenticate: (token) => token !== '',
      authorize: (token) => ({ user: token, read: true, write: token === 'writer' }),
    })
    const nobody = await imported('notes', file, '--url', url)
    assert.deepEqual([nobody.code, nobody.err], [1, 'unauthorized: The relay does not let you in.'])
    const reader = await imported('notes', file, '--url', url, '--token', 'reader')
    assert.equal(reader.code, 1)
    assert.match(reader.err, /^read-only: You may read this room, and not write in it\.$/)
    assert.match((await exported('notes', '--data', dir)).err, /^no-room: /)
    assert.equal((await imported('notes', file, '--url', url, '--token', 'writer')).code, 0)
    const [record, ...others] = await inspectRoom(dir, 'notes')
    assert.deepEqual([record?.user, others], ['writer', []])
  },
)
