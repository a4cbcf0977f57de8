import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import * as Y from 'yjs'
import { nodeWebSocket } from '../../kit/adapters/node-websocket.ts'
import { openRoom } from '../../kit/index.ts'
import type { Room } from '../../kit/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import { newContext } from '../context.ts'
import { SILENT_LOG } from '../log.ts'
import { loadRoom } from '../room-load.ts'
import { readRoomLog } from '../room-log-reader.ts'
import { MemoryStore } from '../stores/memory-store.ts'
import { StoreError } from '../stores/store.ts'
import { ask, atEnd, codeOf, startRelay } from './started-relay.ts'

type Part = {
  readonly room: string
  readonly head: number
  readonly epoch?: string
  readonly through: number
  readonly records: readonly Record<string, unknown>[]
}

const partOf = async (port: number, path: string): Promise<Part> => {
  const { status, text, headers } = await ask(port, path)
  assert.equal(status, 200, text)
  assert.equal(headers['cache-control'], 'no-store')
  return JSON.parse(text) as Part
}

const open = (url: string, room: string, doc?: Y.Doc): Room => {
  const opened = openRoom({
    url,
    room,
    user: 'ada',
    storage: 'memory',
    WebSocket: nodeWebSocket(),
    ...(doc !== undefined && { doc }),
  })
  atEnd(() => opened.close())
  return opened
}

test('A2: a room’s log is what is on the disk, record by record, with what is in them if asked', async () => {
  const { port, url } = await startRelay()
  const doc = new Y.Doc()
  const room = open(url, 'notes', doc)
  await room.push('stroke', { x: 1 })
  doc.getText('text').insert(0, 'Hello')
  await room.flush()
  const blob = randomBytes(5)
  const { offset } = await room.push('blob', new Uint8Array(blob))
  assert.equal(offset, 3)

  const plain = await partOf(port, '/rooms/notes/log')
  const { head, through, epoch, records } = plain
  assert.deepEqual([plain.room, head, through, records.length], ['notes', 3, 3, 3])
  assert.match(String(epoch), /^[0-9a-f]{32}$/)
  assert.deepEqual(
    records.map(({ offset: at, user, seq, kind, name }) => [at, user, seq, kind, name]),
    [
      [1, 'ada', 1, 'event', 'stroke'],
      [2, 'ada', 2, 'update', undefined],
      [3, 'ada', 3, 'event', 'blob'],
    ],
  )
  for (const record of records) {
    for (const secret of ['payload', 'payloadBase64', 'updateBase64'])
      assert.ok(!(secret in record))
  }
  const whole = await partOf(port, '/rooms/notes/log?payload=1')
  assert.deepEqual(whole.records[0]?.['payload'], { x: 1 })
  assert.equal(whole.records[2]?.['payloadBase64'], blob.toString('base64'))
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Buffer.from(String(whole.records[1]?.['updateBase64']), 'base64'))
  assert.equal(copy.getText('text').toJSON(), 'Hello')

  const rest = await partOf(port, '/rooms/notes/log?after=2')
  assert.deepEqual(rest.records, [records[2]])
  assert.equal(rest.epoch, epoch)
  assert.deepEqual((await partOf(port, '/rooms/notes/log?after=9')).records, [])
  const nobody = await partOf(port, '/rooms/nobody/log')
  assert.deepEqual(nobody, { room: 'nobody', head: 0, through: 0, records: [] })
})

test('A2, S17: the log of a room that was deleted is gone, and is not called an empty one', async () => {
  const { port, url, relay } = await startRelay()
  const room = open(url, 'gone')
  await room.push('stroke', { x: 1 })
  assert.equal(await relay.deleteRoom('gone'), true)
  const { status, text } = await ask(port, '/rooms/gone/log')
  assert.deepEqual(
    [status, JSON.parse(text)],
    [
      410,
      {
        code: 'room-deleted',
        sentence: 'An operator deleted this room: its log is gone for good.',
      },
    ],
  )
})

test('A2: a long log comes in parts that join without a gap or a double', async () => {
  const { port, url } = await startRelay()
  const room = open(url, 'long')
  const text = 'x'.repeat(20_000)
  const all = Array.from({ length: 40 }, (_, n) => room.push('page', { n, text }))
  await Promise.all(all)
  const offsets: unknown[] = []
  let parts = 0
  for (let after = 0; ; parts++) {
    const part = await partOf(port, `/rooms/long/log?after=${after}`)
    offsets.push(...part.records.map(({ offset }) => offset))
    after = part.through
    if (part.through === part.head) break
  }
  assert.ok(parts > 0, 'more than one answer')
  assert.deepEqual(
    offsets,
    all.map((_, n) => n + 1),
  )
})

test('A2: nothing is shown before it is on the disk', async () => {
  const store = new MemoryStore()
  const append = store.append.bind(store)
  const held = { isOn: false, asked: (): void => undefined, release: (): void => undefined }
  const wasAsked = new Promise<void>((resolve) => (held.asked = resolve))
  const isReleased = new Promise<void>((resolve) => (held.release = resolve))
  store.append = async (appends) => {
    if (held.isOn) {
      held.asked()
      await isReleased
    }
    return append(appends)
  }
  const { port, url } = await startRelay({ store })
  const room = open(url, 'held')
  await room.push('first', 1)
  held.isOn = true
  const second = room.push('second', 2)
  await wasAsked
  assert.equal((await partOf(port, '/rooms/held/log')).head, 1)
  held.release()
  await second
  assert.equal((await partOf(port, '/rooms/held/log')).head, 2)
})

test('A2, W18: the log is for who may read the room', async () => {
  const asked: unknown[] = []
  const { port } = await startRelay({
    authorize: (token, room, { user, isThisMachine }) => {
      asked.push([token, room, user, isThisMachine])
      if (token === 'broken') throw new Error('no database')
      return { user: 'x', read: token === 'good', write: false }
    },
  })
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
  const refused = await ask(port, '/rooms/notes/log', bearer('bad'))
  assert.deepEqual([refused.status, codeOf(refused)], [403, 'forbidden'])
  assert.equal((await ask(port, '/rooms/notes/log')).status, 403)
  assert.equal((await ask(port, '/rooms/notes/log', bearer('broken'))).status, 503)
  assert.equal((await ask(port, '/rooms/notes/log', bearer('good'))).status, 200)
  assert.deepEqual(asked[0], ['bad', 'notes', '', true])
  assert.deepEqual(asked[1], ['', 'notes', '', true])
})

test('A2: what cannot be asked or read is told with a code', async () => {
  const store = new MemoryStore()
  const { port } = await startRelay({ store })
  for (const name of ['-a', 'a%2Fb', 'x'.repeat(129), '%00']) {
    const answered = await ask(port, `/rooms/${name}/log`)
    assert.equal(answered.status, 400, name)
  }
  for (const after of ['-1', 'x', '1.5', '1e3', '']) {
    const answered = await ask(port, `/rooms/notes/log?after=${after}`)
    assert.deepEqual([answered.status, codeOf(answered)], [400, 'bad-after'], after)
  }
  store.open = () => Promise.reject(new StoreError('damaged-value', 'a secret path is damaged'))
  const damaged = await ask(port, '/rooms/notes/log')
  assert.deepEqual([damaged.status, codeOf(damaged)], [503, 'damaged-value'])
  assert.ok(!damaged.text.includes('secret'))
  const posted = await ask(port, '/rooms/notes/log', { method: 'POST' })
  assert.equal(posted.status, 405)
})

test('A2, W18: who authenticate does not know reads nothing, whatever authorize would say', async () => {
  const { port } = await startRelay({
    authenticate: (token) => {
      if (token === 'broken') throw new Error('no database')
      return token === 'good' || (token === 'late' && 'Come back with a newer one.')
    },
  })
  const read = (token: string) =>
    ask(port, '/rooms/notes/log', { headers: { Authorization: `Bearer ${token}` } })
  const [bad, late] = [await read('bad'), await read('late')]
  assert.deepEqual([bad.status, codeOf(bad)], [401, 'unauthorized'])
  assert.match(late.text, /Come back with a newer one\./)
  assert.equal((await ask(port, '/rooms/notes/log')).status, 401)
  assert.equal((await read('broken')).status, 503)
  assert.equal((await read('good')).status, 200)
  assert.equal((await read('x'.repeat(8193))).status, 400)
})

test('A2: a hook that never answers keeps nobody, and takes no place for ever', async () => {
  const never = { hooks: 0 }
  const { port } = await startRelay({
    authorize: (token, _room, { user }) => {
      if (token !== '') return { user, read: true, write: false }
      never.hooks++
      return new Promise(() => undefined)
    },
    tuning: { joinMs: 500 },
  })
  const good = { headers: { Authorization: 'Bearer good' } }
  const kept = Array.from({ length: 16 }, () => ask(port, '/rooms/notes/log'))
  while (never.hooks < kept.length) await new Promise((resolve) => setImmediate(resolve))
  const full = await ask(port, '/rooms/notes/log', good)
  assert.deepEqual([full.status, codeOf(full)], [503, 'overloaded'])
  assert.match(full.text, /Too many/)
  for (const one of await Promise.all(kept)) {
    assert.deepEqual(
      [one.status, codeOf(one), one.headers['retry-after']],
      [503, 'overloaded', '1'],
    )
    assert.match(one.text, /in time/)
  }
  assert.equal((await ask(port, '/rooms/notes/log', good)).status, 200)
})

test('A2: of short records an answer has a bounded number too, and begins anew inside a batch', async () => {
  const { port, url } = await startRelay()
  const room = open(url, 'short')
  const all = Array.from({ length: 2500 }, (_, n) => room.push('n', n))
  await Promise.all(all)
  const first = await partOf(port, '/rooms/short/log')
  assert.deepEqual([first.records.length, first.through, first.head], [2000, 2000, 2500])
  const second = await partOf(port, `/rooms/short/log?after=${first.through}&payload=1`)
  assert.deepEqual([second.records.length, second.through, second.head], [500, 2500, 2500])
  assert.deepEqual([second.records[0]?.['offset'], second.records[0]?.['payload']], [2001, 2000])
})

test('A2: the epoch is the one in force at the head, wherever the log was turned and whatever a checkpoint covers', async () => {
  const store = new MemoryStore()
  const { port, url } = await startRelay({ store })
  const room = open(url, 'turned')
  await room.push('n', 1)
  await room.close()
  const name = 'turned' as RoomName
  const context = newContext({ log: SILENT_LOG })
  const first = (await loadRoom(context, store, name)).sequencer.epoch
  assert.equal((await readRoomLog(store, name, 0, false)).epoch, first)
  const { sequencer } = await loadRoom(context, store, name, { term: 9 })
  assert.notEqual(sequencer.epoch, first)
  assert.equal((await readRoomLog(store, name, 0, false)).epoch, sequencer.epoch)
  await store.checkpoint(name, sequencer.head, sequencer.checkpoint())
  assert.equal((await partOf(port, '/rooms/turned/log')).epoch, sequencer.epoch)
  const again = (await loadRoom(context, store, name, { term: 9 })).sequencer.epoch
  assert.notEqual(again, sequencer.epoch)
  assert.equal((await readRoomLog(store, name, 2, false)).epoch, again)
})

test('A2: a log with a hole is an error, not an end', async () => {
  const store = new MemoryStore()
  const { port, url } = await startRelay({ store })
  await open(url, 'holed').push('one', 1)
  const read = store.read.bind(store)
  store.read = async (room, after, maxBytes) => (after === 0 ? read(room, 0, maxBytes) : [])
  const stateOf = store.open.bind(store)
  store.open = async (room) => ({ ...(await stateOf(room)), head: 7 })
  const answered = await ask(port, '/rooms/holed/log?after=1')
  assert.deepEqual([answered.status, codeOf(answered)], [503, 'hole'])
})

test('A2: HEAD is answered like GET, without the log', async () => {
  const { port } = await startRelay()
  const get = await ask(port, '/rooms/notes/log')
  const head = await ask(port, '/rooms/notes/log', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
  assert.equal(head.headers['content-length'], String(get.body.length))
})

test('A2: in a server of its owner’s a room’s log is the relay’s to answer, and all else of /rooms/ is not', async () => {
  const server = createServer((_incoming, response) => response.end('mine'))
  atEnd(async () => server.close().closeAllConnections())
  const { port } = await startRelay({ server })
  assert.equal((await partOf(port, '/rooms/notes/log')).head, 0)
  assert.equal((await ask(port, '/rooms/notes')).text, 'mine')
  const foreign = await ask(port, '/rooms/notes/log', { headers: { Host: 'evil.example' } })
  assert.equal(foreign.status, 403)
})
